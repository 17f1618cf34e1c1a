"""Rows of the losses."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

REDUCTIONS = ("none", "mean", "sum")
CLASS_WEIGHTS = np.array([0.5, 1.0, 2.0, 0.25, 3.0])


def _row(name, **facts):
    return Op(f"losses.{name}", f"scratch.losses.{name}", f"reference.losses.{name}", **facts)


def _reductions(name, options=None, families=("typical",), **facts):
    """Return a case for each reduction."""
    return [
        Case(f"{name} {reduction}".strip(), {**(options or {}), "reduction": reduction}, families=families, **facts)
        for reduction in REDUCTIONS
    ]


def _pair(draw):
    shape = draw.batch(6, 5)
    return draw(shape), draw(shape)


def _weighted_pair(draw):
    input, target = _pair(draw)
    return {"input": input, "target": target, "weight": draw(input.shape, 0.5, 2.0)}


def _logits(draw):
    shape = draw.batch(6, 5)
    return draw(shape), draw(shape, 0.0, 1.0)


def _indices(draw):
    shape = draw.batch(6)
    return draw((*shape, 5)), draw.index(shape, 5)


def _probabilities(draw):
    shape = (*draw.batch(6), 5)
    return draw(shape), draw(shape, 0.0, 1.0)


def _some_ignored(draw):
    input, target = _indices(draw)
    return input, np.where(np.arange(6) % 3 == 0, -100, target)


def _images(draw):
    return draw((2, 5, 3, 2)), draw.index((2, 3, 2), 5)


mse_loss = _row(
    "mse_loss",
    inputs=_pair,
    cases=[
        *_reductions("", families=EVERY),
        *_reductions("weighted", inputs=_weighted_pair),
        Case("broadcast target", inputs=lambda draw: (draw((6, 5)), draw((5,)))),
        Case("broadcast input", {"reduction": "none"}, inputs=lambda draw: (draw((5,)), draw((6, 5)))),
    ],
    refusals=[
        Refusal("an unknown reduction", {"reduction": "average"}),
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((6, 5)), draw((4,)))),
        Refusal("a weight of another shape", {"weight": np.ones(5)}),
    ],
)

binary_cross_entropy_with_logits = _row(
    "binary_cross_entropy_with_logits",
    inputs=_logits,
    cases=[
        *_reductions("", families=EVERY),
        *_reductions("pos_weight", {"pos_weight": CLASS_WEIGHTS}),
        *_reductions("weight", {"weight": CLASS_WEIGHTS}),
        Case(
            "both weights", {"weight": CLASS_WEIGHTS, "pos_weight": CLASS_WEIGHTS[::-1]}, families=("typical", "tails")
        ),
    ],
    refusals=[
        Refusal("an unknown reduction", {"reduction": "average"}),
        Refusal("a target of another shape", inputs=lambda draw: (draw((6, 5)), draw((5,)))),
        Refusal("a pos_weight that does not fit", {"pos_weight": np.ones(4)}),
    ],
)

cross_entropy = _row(
    "cross_entropy",
    inputs=_indices,
    cases=[
        *_reductions("index", families=EVERY),
        *_reductions("index weight", {"weight": CLASS_WEIGHTS}),
        *_reductions("index smoothing", {"label_smoothing": 0.1}),
        *_reductions("index all", {"weight": CLASS_WEIGHTS, "label_smoothing": 0.3, "ignore_index": 2}),
        Case("ignored", inputs=_some_ignored),
        Case("ignored smoothing", {"label_smoothing": 0.1}, inputs=_some_ignored),
        Case("index images", {"weight": CLASS_WEIGHTS}, inputs=_images),
        Case("index images none", {"reduction": "none", "label_smoothing": 0.1}, inputs=_images),
        *_reductions("probability", families=EVERY, inputs=_probabilities),
        *_reductions("probability all", {"weight": CLASS_WEIGHTS, "label_smoothing": 0.3}, inputs=_probabilities),
        Case("probability images", inputs=lambda draw: (draw((2, 5, 3)), draw((2, 5, 3), 0.0, 1.0))),
        Case("large logits", inputs=lambda draw: (50 * draw((6, 5)), draw.index((6,), 5))),
    ],
    refusals=[
        Refusal("an unknown reduction", {"reduction": "average"}),
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

PAIRS = (mse_loss, binary_cross_entropy_with_logits, cross_entropy)
