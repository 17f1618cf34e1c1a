"""Rows of the losses on probabilities and densities."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Refusal
from parity_tests.pairs.losses._row import CLASS_WEIGHTS, UNKNOWN_REDUCTION, reductions, row


def _logits(draw):
    shape = draw.batch(6, 5)
    return draw(shape), draw(shape, 0.0, 1.0)


binary_cross_entropy_with_logits = row(
    "binary_cross_entropy_with_logits",
    inputs=_logits,
    cases=[
        *reductions("", families=EVERY),
        *reductions("pos_weight", {"pos_weight": CLASS_WEIGHTS}),
        *reductions("weight", {"weight": CLASS_WEIGHTS}),
        Case(
            "both weights", {"weight": CLASS_WEIGHTS, "pos_weight": CLASS_WEIGHTS[::-1]}, families=("typical", "tails")
        ),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a target of another shape", inputs=lambda draw: (draw((6, 5)), draw((5,)))),
        Refusal("a pos_weight that does not fit", {"pos_weight": np.ones(4)}),
    ],
)

PAIRS = (binary_cross_entropy_with_logits,)
