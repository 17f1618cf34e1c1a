"""Rows of the losses that compare numbers."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Refusal
from parity_tests.pairs.losses._row import UNKNOWN_REDUCTION, pair, reductions, row


def _weighted(draw):
    input, target = pair(draw)
    return {"input": input, "target": target, "weight": draw(input.shape, 0.5, 2.0)}


mse_loss = row(
    "mse_loss",
    inputs=pair,
    cases=[
        *reductions("", families=EVERY),
        *reductions("weighted", inputs=_weighted),
        Case("broadcast target", inputs=lambda draw: (draw((6, 5)), draw((5,)))),
        Case("broadcast input", {"reduction": "none"}, inputs=lambda draw: (draw((5,)), draw((6, 5)))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((6, 5)), draw((4,)))),
        Refusal("a weight of another shape", {"weight": np.ones(5)}),
    ],
)

PAIRS = (mse_loss,)
