"""Rows of the losses on classes."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Refusal
from parity_tests.pairs.losses._row import CLASS_WEIGHTS, UNKNOWN_REDUCTION, indices, reductions, row


def _probabilities(draw):
    shape = (*draw.batch(6), 5)
    return draw(shape), draw(shape, 0.0, 1.0)


def _some_ignored(draw):
    input, target = indices(draw)
    return input, np.where(np.arange(6) % 3 == 0, -100, target)


def _images(draw):
    return draw((2, 5, 3, 2)), draw.index((2, 3, 2), 5)


cross_entropy = row(
    "cross_entropy",
    inputs=indices,
    cases=[
        *reductions("index", families=EVERY),
        *reductions("index weight", {"weight": CLASS_WEIGHTS}),
        *reductions("index smoothing", {"label_smoothing": 0.1}),
        *reductions("index all", {"weight": CLASS_WEIGHTS, "label_smoothing": 0.3, "ignore_index": 2}),
        Case("ignored", inputs=_some_ignored),
        Case("ignored smoothing", {"label_smoothing": 0.1}, inputs=_some_ignored),
        Case("index images", {"weight": CLASS_WEIGHTS}, inputs=_images),
        Case("index images none", {"reduction": "none", "label_smoothing": 0.1}, inputs=_images),
        *reductions("probability", families=EVERY, inputs=_probabilities),
        *reductions("probability all", {"weight": CLASS_WEIGHTS, "label_smoothing": 0.3}, inputs=_probabilities),
        Case("probability images", inputs=lambda draw: (draw((2, 5, 3)), draw((2, 5, 3), 0.0, 1.0))),
        Case("large logits", inputs=lambda draw: (50 * draw((6, 5)), draw.index((6,), 5))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("an index out of range", inputs=lambda draw: (draw((3, 5)), np.array([0, 5, 1]))),
        Refusal("a negative index", inputs=lambda draw: (draw((3, 5)), np.array([0, -1, 1]))),
        Refusal("another batch size", inputs=lambda draw: (draw((3, 5)), np.array([0, 1]))),
        Refusal("a weight of another length", {"weight": np.ones(4)}),
        Refusal("a smoothing above 1", {"label_smoothing": 1.5}),
        Refusal("probabilities of another shape", inputs=lambda draw: (draw((3, 5)), draw((3,), 0.0, 1.0))),
        Refusal("ignore_index for probabilities", {"ignore_index": 1}, inputs=_probabilities),
        Refusal("no dimension of classes", inputs=lambda draw: (draw(()), np.array(0))),
    ],
)

PAIRS = (cross_entropy,)
