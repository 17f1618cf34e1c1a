"""Rows of the activations."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal


def _real(draw):
    return (draw(draw.batch(5, 7)),)


def _row(name, cases, **facts):
    return Op(
        f"activations.{name}",
        f"scratch.activations.{name}",
        f"reference.activations.{name}",
        inputs=_real,
        cases=cases,
        **facts,
    )


def _along_dimensions(name):
    return _row(
        name,
        [
            Case("last dim", {"dim": -1}, families=EVERY),
            Case("first dim", {"dim": 0}, families=EVERY),
            Case("middle of three", {"dim": 1}, inputs=lambda draw: (draw((2, 5, 3)),)),
            Case("converted", {"dim": 1, "dtype": "float64"}),
            Case("one class", {"dim": 1}, inputs=lambda draw: (draw((5, 1)),)),
        ],
        refusals=[
            Refusal("a dim out of range", {"dim": 2}),
            Refusal("a dim that is no integer", {"dim": "last"}),
        ],
    )


PAIRS = (
    _row("relu", [Case("default", families=(*EVERY, "kinks"))], kinks=(0.0,)),
    _row("sigmoid", [Case("default", families=EVERY)]),
    _row(
        "gelu",
        [
            Case("erf", {"approximate": "none"}, families=EVERY),
            Case("tanh", {"approximate": "tanh"}, families=EVERY),
        ],
        refusals=[Refusal("an unknown approximation", {"approximate": "sigmoid"})],
    ),
    _along_dimensions("softmax"),
    _along_dimensions("log_softmax"),
)
