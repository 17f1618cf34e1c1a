"""Rows of the losses of the lectures that torch has under another name, or not at all."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.losses._cases import DO_NOT_BROADCAST, UNKNOWN_REDUCTION, indices, pair, reductions


def _weights(draw):
    return draw((*draw.batch(4), 3)), draw((*draw.batch(5),)), draw((2, 1, 3))


def _labelled(draw):
    shape = draw.batch(6, 5)
    return draw(shape), draw.index(shape, 2)


def _floating_labels(draw):
    return draw((6, 5)), draw.choice((0.0, 1.0), (6, 5))


squared_error = Op(
    "losses.squared_error",
    inputs=pair,
    cases=[
        Case("default", families=EVERY),
        *reductions("", among=("none", "sum", "half_mean")),
        Case("half_sum", {"reduction": "half_sum"}, families=("typical", "zeros")),
        Case("broadcast target", {"reduction": "half_mean"}, inputs=lambda draw: (draw((6, 5)), draw((5,)))),
        Case("broadcast input", {"reduction": "half_sum"}, inputs=lambda draw: (draw((5,)), draw((6, 5)))),
    ],
    refusals=[UNKNOWN_REDUCTION, DO_NOT_BROADCAST, Refusal("half of nothing", {"reduction": "half_none"})],
)

l2_penalty = Op(
    "losses.l2_penalty",
    inputs=_weights,
    cases=[
        Case("default", families=EVERY),
        Case("small", {"alpha": 0.1}),
        Case("none", {"alpha": 0.0}),
        Case("one array", {"alpha": 0.3}, inputs=lambda draw: (draw((4, 3)),)),
    ],
    refusals=[Refusal("no weights", inputs=lambda draw: ())],
)

sigmoid_squared_error = Op(
    "losses.sigmoid_squared_error",
    inputs=_labelled,
    cases=[
        Case("default", families=EVERY),
        *reductions("", among=("none", "sum")),
        Case("floating labels", inputs=_floating_labels, differentiable=("input",)),
    ],
    refusals=[UNKNOWN_REDUCTION, DO_NOT_BROADCAST],
)

multiclass_logistic_loss = Op(
    "losses.multiclass_logistic_loss",
    inputs=indices,
    cases=[
        Case("default", families=EVERY),
        *reductions("", among=("none", "sum")),
        *reductions("bits", {"bits": True}),
        Case("large scores", {"bits": True}, inputs=lambda draw: (50 * draw((6, 5)), draw.index((6,), 5))),
        Case("one class", inputs=lambda draw: (draw((6, 1)), draw.index((6,), 1))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("an index out of range", inputs=lambda draw: (draw((3, 5)), draw.index((3,), 5) + 5)),
        Refusal("a negative index", inputs=lambda draw: (draw((3, 5)), draw.index((3,), 5) - 5)),
        Refusal("another batch size", inputs=lambda draw: (draw((3, 5)), draw.index((2,), 5))),
        Refusal("targets that are no integers", inputs=lambda draw: (draw((3, 5)), draw((3,), 0.0, 4.0))),
        Refusal("three dimensions", inputs=lambda draw: (draw((2, 3, 4)), draw.index((2, 3), 3))),
        Refusal("no dimension of classes", inputs=lambda draw: (draw(()), draw.index((), 1))),
    ],
)

PAIRS = (squared_error, l2_penalty, sigmoid_squared_error, multiclass_logistic_loss)
