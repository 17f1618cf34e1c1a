"""Rows of the losses on classes."""

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.losses._cases import CLASS_WEIGHTS, UNKNOWN_REDUCTION, WRONG_INDICES, indices, reductions


def _probabilities(draw):
    shape = (*draw.batch(6), 5)
    return draw(shape), draw(shape, 0.0, 1.0)


def _some_ignored(draw):
    input, target = indices(draw)
    return input, np.where(np.arange(6) % 3 == 0, -100, target)


def _all_ignored(draw):
    return draw((4, 5)), np.full(4, 3)


def _images(draw):
    return draw((2, 5, 3, 2)), draw.index((2, 3, 2), 5)


cross_entropy = Op(
    "losses.cross_entropy",
    inputs=indices,
    cases=[
        *reductions("index", families=EVERY),
        *reductions("index weight", {"weight": CLASS_WEIGHTS}),
        *reductions("index smoothing", {"label_smoothing": 0.1}),
        *reductions("index all", {"weight": CLASS_WEIGHTS, "label_smoothing": 0.3, "ignore_index": 2}),
        Case("ignored", inputs=_some_ignored),
        Case("all ignored", {"ignore_index": 3}, inputs=_all_ignored),
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
        *WRONG_INDICES,
        Refusal("a weight of another length", {"weight": np.ones(4)}),
        Refusal("a smoothing above 1", {"label_smoothing": 1.5}),
        Refusal("probabilities of another shape", inputs=lambda draw: (draw((3, 5)), draw((3,), 0.0, 1.0))),
        Refusal("ignore_index for probabilities", {"ignore_index": 1}, inputs=_probabilities),
        Refusal("no dimension of classes", inputs=lambda draw: (draw(()), np.array(0))),
    ],
)


def _adaptive(draw, bias=True):
    batch = draw.batch(40)
    shapes = ((5, 6), (5,), (3, 6), (4, 3), (2, 6), (3, 2))
    head_weight, head_bias, *tail = (draw(shape, -1.0, 1.0) for shape in shapes)
    return draw((*batch, 6)), draw.index(batch, 10), head_weight, head_bias if bias else None, *tail


def _one_cluster(draw):
    return draw((9, 6)), draw.index((9,), 7), draw((2, 6)), None, draw((2, 6)), draw((6, 2))


def _only_the_head(draw):
    return draw((9, 6)), draw.index((9,), 3), *_adaptive(draw)[2:]


def _linear(draw):
    _, target = indices(draw)
    return {"input": draw((*target.shape, 4)), "linear_weight": draw((5, 4), -1.0, 1.0), "target": target}


def _linear_biased(draw):
    return {**_linear(draw), "linear_bias": draw((5,))}


def _linear_probabilities(draw):
    return {**_linear_biased(draw), "target": draw((6, 5), 0.0, 1.0)}


def _linear_images(draw):
    weight, bias = draw((5, 2, 3, 4)), draw((5, 2, 3))
    return {"input": draw((6, 4)), "linear_weight": weight, "target": draw.index((6, 2, 3), 5), "linear_bias": bias}


nll_loss = Op(
    "losses.nll_loss",
    inputs=indices,
    cases=[
        *reductions("", families=EVERY),
        *reductions("weight", {"weight": CLASS_WEIGHTS}),
        *reductions("ignored class", {"weight": CLASS_WEIGHTS, "ignore_index": 2}),
        Case("ignored", inputs=_some_ignored),
        Case("all ignored", {"ignore_index": 3}, inputs=_all_ignored),
        Case("images", {"weight": CLASS_WEIGHTS}, inputs=_images),
        Case("images none", {"reduction": "none"}, inputs=_images),
        Case("a sequence", inputs=lambda draw: (draw((3, 5, 4)), draw.index((3, 4), 5))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        *WRONG_INDICES,
        Refusal("a weight of another length", {"weight": np.ones(4)}),
        Refusal("no dimension of classes", inputs=lambda draw: (draw(()), np.array(0))),
    ],
)

adaptive_log_softmax_with_loss = Op(
    "losses.adaptive_log_softmax_with_loss",
    inputs=_adaptive,
    cases=[
        Case("two clusters", {"cutoffs": (3, 7, 10)}, families=EVERY),
        Case("no bias", {"cutoffs": (3, 7, 10)}, inputs=lambda draw: _adaptive(draw, bias=False)),
        Case("one cluster", {"cutoffs": (1, 7)}, inputs=_one_cluster),
        Case("only the head", {"cutoffs": (3, 7, 10)}, inputs=_only_the_head),
    ],
    refusals=[
        Refusal("cutoffs that do not increase", {"cutoffs": (7, 3, 10)}),
        Refusal("an empty head", {"cutoffs": (0, 7, 10)}),
        Refusal("no cluster", {"cutoffs": (10,)}),
        Refusal("clusters that do not fit", {"cutoffs": (3, 6, 10)}),
        Refusal("fewer clusters", {"cutoffs": (3, 10)}),
        Refusal(
            "a cluster too many", {"cutoffs": (3, 7, 10)}, lambda draw: (*_adaptive(draw), draw((2, 6)), draw((3, 2)))
        ),
        Refusal(
            "a class out of range",
            {"cutoffs": (3, 7, 10)},
            inputs=lambda draw: (draw((2, 6)), np.array([0, 10]), *_adaptive(draw)[2:]),
        ),
        Refusal(
            "another batch size",
            {"cutoffs": (3, 7, 10)},
            inputs=lambda draw: (draw((2, 6)), np.array([0, 1, 2]), *_adaptive(draw)[2:]),
        ),
    ],
)

linear_cross_entropy = Op(
    "losses.linear_cross_entropy",
    inputs=_linear,
    cases=[
        Case("no bias", families=EVERY),
        *reductions("bias", inputs=_linear_biased),
        Case("everything", {"weight": CLASS_WEIGHTS, "ignore_index": 2, "label_smoothing": 0.1}, inputs=_linear_biased),
        Case("ignored", inputs=lambda draw: {**_linear(draw), "target": _some_ignored(draw)[1]}),
        *reductions("probability", {"label_smoothing": 0.1}, inputs=_linear_probabilities),
        *reductions("images", inputs=_linear_images),
        *reductions("in chunks", {"options": {"batch_chunk_size": 2}}, inputs=_linear_biased),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("an ignored index for probabilities", {"ignore_index": -100}, inputs=_linear_probabilities),
        Refusal("features that do not fit", inputs=lambda draw: {**_linear(draw), "linear_weight": draw((5, 3))}),
        Refusal("a bias that does not fit", inputs=lambda draw: {**_linear(draw), "linear_bias": draw((1,))}),
        Refusal("a weight of one dimension", inputs=lambda draw: {**_linear(draw), "linear_weight": draw((4,))}),
        Refusal("images of one sample", inputs=lambda draw: {**_linear_images(draw), "input": draw((4,))}),
        Refusal("three dimensions", inputs=lambda draw: {**_linear(draw), "input": draw((6, 2, 4))}),
        Refusal("an index out of range", inputs=lambda draw: {**_linear(draw), "target": np.full(6, 5)}),
    ],
)

PAIRS = (nll_loss, cross_entropy, linear_cross_entropy, adaptive_log_softmax_with_loss)
