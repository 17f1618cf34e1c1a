"""Rows of the activations that work along a dimension."""

from gradtwin.families import EVERY
from gradtwin.rows import Case, Refusal
from parity_tests.pairs.activations._row import row


def _along_dimensions(name):
    return row(
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


PAIRS = (_along_dimensions("softmax"), _along_dimensions("log_softmax"))
