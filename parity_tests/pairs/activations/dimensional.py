"""Rows of the activations that work along a dimension."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.activations._inputs import real


def _along_dimensions(name):
    return Op(
        f"activations.{name}",
        inputs=real,
        cases=[
            Case("last dim", {"dim": -1}, families=EVERY),
            Case("first dim", {"dim": 0}, families=EVERY),
            Case("middle of three", {"dim": 1}, inputs=lambda draw: (draw((2, 5, 3)),)),
            Case("converted", {"dim": 1, "dtype": "float64"}),
            Case("one class", {"dim": 1}, inputs=lambda draw: (draw((5, 1)),)),
        ],
        refusals=[
            Refusal("a dim out of range", {"dim": 2}),
            Refusal("a dim out of the range of a vector", {"dim": 1}, inputs=lambda draw: (draw((5,)),)),
            Refusal("a dim that is no integer", {"dim": "last"}),
        ],
    )


glu = Op(
    "activations.glu",
    inputs=real,
    cases=[
        Case("last dim", inputs=lambda draw: (draw((*draw.batch(5), 6)),), families=EVERY),
        Case("first dim", {"dim": 0}, inputs=lambda draw: (draw((4, 3)),), families=("typical", "tails")),
        Case("middle of three", {"dim": 1}, inputs=lambda draw: (draw((2, 6, 3)),)),
        Case("from the end", {"dim": -2}, inputs=lambda draw: (draw((2, 6, 3)),)),
        Case("nothing to halve", {"dim": 1}, inputs=lambda draw: (draw((3, 0)),), families=("empty",)),
    ],
    refusals=[
        Refusal("an odd number", inputs=lambda draw: (draw((4, 5)),)),
        Refusal("a dim out of range", {"dim": 2}, inputs=lambda draw: (draw((4, 6)),)),
        Refusal("a dim that is no integer", {"dim": "last"}, inputs=lambda draw: (draw((4, 6)),)),
        Refusal("a number", inputs=lambda draw: (draw(()),)),
    ],
)

softmax2d = Op(
    "activations.softmax2d",
    inputs=real,
    cases=[
        Case("images", inputs=lambda draw: (draw((*draw.batch(2), 3, 4, 2)),), families=EVERY),
        Case("no channels", inputs=lambda draw: (draw((2, 0, 3, 3)),), families=("empty",)),
        Case("one channel", inputs=lambda draw: (draw((2, 1, 3, 2)),)),
    ],
    refusals=[
        Refusal("two dimensions", inputs=lambda draw: (draw((3, 4)),)),
        Refusal("five dimensions", inputs=lambda draw: (draw((2, 3, 4, 2, 2)),)),
    ],
)


def _masked(draw):
    """Return numbers of which some are minus infinity, and in the first row all."""
    rows, columns = np.indices((4, 5))
    return (np.where((rows == 0) | (columns == rows), -np.inf, draw((4, 5))),)


logsumexp = Op(
    "activations.logsumexp",
    inputs=real,
    cases=[
        Case("last dim", {"dim": -1}, families=EVERY),
        Case("first dim", {"dim": 0, "keepdim": True}, families=("typical", "zero-dimensional", "empty")),
        Case("ties", {"dim": 1}, inputs=lambda draw: (np.rint(draw((5, 7))),)),
        Case("masked", {"dim": 1}, inputs=_masked),
        Case("middle of three", {"dim": -2, "keepdim": True}, inputs=lambda draw: (draw((2, 5, 3)),)),
        Case("one class", {"dim": 1}, inputs=lambda draw: (draw((5, 1)),)),
        Case("no class", {"dim": 1}, inputs=lambda draw: (draw((5, 0)),), families=("empty",)),
    ],
    refusals=[
        Refusal("a dim out of range", {"dim": 2}),
        Refusal("a dim out of the range of a vector", {"dim": 1}, inputs=lambda draw: (draw((5,)),)),
        Refusal("a dim that is no integer", {"dim": "last"}),
    ],
)

softmax_jacobian = Op(
    "activations.softmax_jacobian",
    inputs=real,
    cases=[
        Case("classes", inputs=lambda draw: (draw((*draw.batch(3), 4)),), families=EVERY),
        Case("three dimensions", inputs=lambda draw: (draw((2, 2, 3)),)),
        Case("one class", inputs=lambda draw: (draw((3, 1)),)),
    ],
    refusals=[Refusal("a number", inputs=lambda draw: (draw(()),))],
)

PAIRS = (*map(_along_dimensions, ("softmax", "log_softmax", "softmin")), softmax2d, glu, logsumexp, softmax_jacobian)
