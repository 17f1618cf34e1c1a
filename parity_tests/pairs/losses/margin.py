"""Rows of the losses with a margin."""

import math

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.losses._cases import (
    CLASS_WEIGHTS,
    UNKNOWN_REDUCTION,
    WRONG_INDICES,
    indices,
    pair,
    reductions,
)

FEW = ("typical", "kinks", "strided", "zero-dimensional", "empty")
NOT_EMPTY = tuple(f for f in EVERY if f != "empty")
PER_SAMPLE = Case("none", {"reduction": "none"}, families=FEW)
"""torch returns uninitialised memory for the other reductions of an empty batch, in the losses that have this case."""


def _plain(*others, without=(), **facts):
    """Return a case for each reduction: of the mean on most families and on these others, of the rest on few."""
    families = [f for f in (*EVERY, *others) if f not in without]
    few = [f for f in families if f in FEW]
    return [
        Case("mean", {"reduction": "mean"}, families=families, **facts),
        *reductions("", families=few, among=("none", "sum"), **facts),
    ]


NEXT = 1 + 2.0**-11


class SquaredDistance:
    """The squared Euclidean distance: by hand for the scratch side, and called by torch."""

    def __call__(self, x, y):
        return (x - y).square().sum(-1)

    def forward(self, x, y):
        return np.sum((x - y) ** 2, axis=-1)

    def backward(self, grad, x, y):
        slope = 2 * grad[..., np.newaxis] * (x - y)
        return slope, -slope


def _labelled(draw):
    shape = draw.batch(8, 4)
    return draw(shape), draw.choice((-1.0, 1.0), shape)


def _ranked(draw):
    shape = draw.batch(8, 4)
    return draw(shape), draw(shape), draw.choice((-1.0, 1.0), shape)


def _vectors(draw):
    shape = draw.batch(8)
    return draw((*shape, 4)), draw((*shape, 4)), draw.choice((-1.0, 1.0), shape)


def _signs(draw):
    """Return vectors whose cosines are exactly -1, -0.5, 0, 0.5 and 1: the small eps is lost beside their lengths."""
    one, other = (draw.choice((-(2.0**30), 2.0**30), (32, 4)) for _ in range(2))
    return one, other, draw.choice((-1.0, 1.0), (32,))


def _some_zero_vectors(draw):
    some = np.arange(8)[:, np.newaxis]
    one, other, target = _vectors(draw)
    return np.where(some % 2, one, 0.0), np.where(some % 3, other, 0.0), target


def _four_classes(draw):
    shape = draw.batch(8)
    return draw((*shape, 4)), draw.index(shape, 4)


def _label_sets(draw):
    shape = (*draw.batch(8), 4)
    return draw(shape), draw.index(shape, 5) - 1


def _soft_labels(draw):
    shape = (*draw.batch(6), 5)
    return draw(shape), draw(shape, 0.0, 1.0)


def _soft_labels_weighted(draw):
    return {**dict(zip(("input", "target"), _soft_labels(draw), strict=True)), "weight": draw((5,), 0.5, 2.0)}


def _triplets(draw):
    shape = (*draw.batch(8), 4)
    return draw(shape), draw(shape), draw(shape)


def _shorter_triplets(length):
    return lambda draw: tuple(draw((32, length)) for _ in range(3))


def _next_to_the_margin(draw):
    """Return triplets whose negative is nearer than the margin of 1, or just beyond it."""
    return np.zeros((8, 1)), np.zeros((8, 1)), draw.choice((0.5, NEXT), (8, 1))


def _of_size(size):
    """Return vectors whose squares overflow or underflow in float32, and whose lengths do not."""
    return lambda draw: tuple(draw((8, 4), -size, size) for _ in range(3))


def _whole_triplets(draw):
    """Return vectors of small whole numbers, many of which agree, and some entirely."""
    anchor, positive, negative = (draw.choice((-1.0, 0.0, 1.0), (8, 4)) for _ in range(3))
    return anchor, np.where(np.arange(8)[:, np.newaxis] % 2, positive, anchor), negative


hinge_embedding_loss = Op(
    "losses.hinge_embedding_loss",
    inputs=_labelled,
    kinks=(0.0, 0.5, 1.0),
    cases=[
        *_plain("kinks", differentiable=("input",)),
        Case("margin", {"margin": 0.5}, families=("typical", "kinks"), differentiable=("input",)),
        Case("next to the margin", inputs=lambda draw: (draw.choice((0.5, NEXT), (8, 4)), -np.ones((8, 4), np.int64))),
        Case("other labels", inputs=lambda draw: (draw((8, 4)), draw.index((8, 4), 4) - 1), families=("kinks",)),
        Case("broadcast target", inputs=lambda draw: (draw((8, 4)), 2 * draw.index((4,), 2) - 1)),
        Case("broadcast input", {"reduction": "none"}, lambda draw: (draw((4,)), 2 * draw.index((8, 1), 2) - 1)),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((8, 4)), draw((3,)))),
    ],
)

margin_ranking_loss = Op(
    "losses.margin_ranking_loss",
    inputs=_ranked,
    kinks=(0.0, 0.5),
    cases=[
        *_plain("kinks"),
        Case("margin", {"margin": 0.5}, families=("typical", "kinks")),
        Case("negative margin", {"margin": -0.5}, families=("typical", "kinks")),
        Case("real target", {"margin": 0.5}, lambda draw: (*pair(draw), draw((8, 4))), ("typical", "tails")),
        Case("integer target", inputs=lambda draw: (*pair(draw), 2 * draw.index((8, 4), 2) - 1)),
        Case("broadcast", inputs=lambda draw: (draw((8, 4)), draw((1, 4)), draw((8, 1)))),
        Case("broadcast none", {"reduction": "none"}, lambda draw: (draw((8, 1)), draw((1, 1)), draw((1, 4)))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("another number of dimensions", inputs=lambda draw: (draw((8, 4)), draw((4,)), draw((8, 4)))),
        Refusal("a target of no dimension", inputs=lambda draw: (*pair(draw), draw(()))),
        Refusal("shapes that do not broadcast", inputs=lambda draw: (*pair(draw), draw((8, 3)))),
    ],
)

cosine_embedding_loss = Op(
    "losses.cosine_embedding_loss",
    inputs=_vectors,
    kinks=(0.0,),
    cases=[
        *_plain(without=("huge", "tiny"), differentiable=("input1", "input2")),
        Case("margin", {"margin": 0.25}, families=("typical", "tails"), differentiable=("input1", "input2")),
        Case("short", {"margin": -0.5}, families=("tiny",), differentiable=("input1", "input2")),
        *(
            Case(f"signs {m}", {"margin": m}, _signs, ("kinks",), differentiable=("input1", "input2"))
            for m in (-0.5, 0.0, 0.5)
        ),
        Case("zero vectors", {"reduction": "none"}, _some_zero_vectors, differentiable=("input1", "input2")),
        Case(
            "one of any length",
            {"margin": -0.5},
            lambda draw: (draw((8, 4)), draw((8, 4), -2.0, 2.0), 2 * draw.index((8,), 2) - 1),
            ("huge", "tiny"),
        ),
        Case("other labels", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw.index((8,), 4) - 1)),
        Case("broadcast batch", inputs=lambda draw: (draw((8, 4)), draw((1, 4)), 2 * draw.index((8,), 2) - 1)),
        Case("broadcast target", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), -np.ones(1, np.int64))),
        Case(
            "broadcast to target",
            {"reduction": "none"},
            lambda draw: (draw((1, 4)), draw((1, 4)), 2 * draw.index((8,), 2) - 1),
        ),
        Case("broadcast elements", inputs=lambda draw: (draw((8, 1)), draw((8, 4)), 2 * draw.index((8,), 2) - 1)),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a target of two dimensions", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw((8, 1)))),
        Refusal("a batch and one target", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw(()))),
        Refusal("one pair and a batch of targets", inputs=lambda draw: (draw((4,)), draw((4,)), draw((8,)))),
        Refusal("another number of dimensions", inputs=lambda draw: (draw((8, 4)), draw((4,)), draw((8,)))),
        Refusal("another batch size", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw((7,)))),
        Refusal("vectors of another length", inputs=lambda draw: (draw((8, 4)), draw((8, 3)), draw((8,)))),
    ],
)

multi_margin_loss = Op(
    "losses.multi_margin_loss",
    inputs=_four_classes,
    kinks=(0.0, 0.5, 1.0),
    cases=[
        PER_SAMPLE,
        Case("mean", {"reduction": "mean"}, families=(*NOT_EMPTY, "kinks")),
        Case("sum", {"reduction": "sum"}, families=("typical", "kinks")),
        Case("squared", {"p": 2}, families=("typical", "tails", "huge", "kinks")),
        Case("squared none", {"p": 2, "reduction": "none"}, families=("typical", "kinks")),
        Case("margin", {"margin": 0.5}, families=("typical", "kinks")),
        Case("negative margin", {"margin": -0.5, "p": 2}, families=("typical", "kinks")),
        Case("weight", {"weight": CLASS_WEIGHTS}, inputs=indices),
        *reductions("all", {"weight": CLASS_WEIGHTS, "p": 2, "margin": 0.3}, inputs=indices),
        Case("one sample", inputs=lambda draw: (draw((4,)), draw.index((1,), 4))),
        Case("one sample none", {"reduction": "none"}, lambda draw: (draw((4,)), draw.index((1,), 4))),
        Case("a target without dimension", {"reduction": "none"}, lambda draw: (draw((1, 4)), draw.index((), 4))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("an unknown p", {"p": 3}),
        *WRONG_INDICES,
        Refusal("a target of two dimensions", inputs=lambda draw: (draw((3, 5)), np.array([[0], [1], [2]]))),
        Refusal("a target of no integers", inputs=lambda draw: (draw((3, 5)), np.zeros(3))),
        Refusal("no classes", inputs=lambda draw: (draw((3, 0)), np.array([0, 1, 2]))),
        Refusal("three dimensions", inputs=lambda draw: (draw((3, 5, 2)), np.array([0, 1, 2]))),
        Refusal("a weight of another length", {"weight": np.ones(3)}),
        Refusal("a weight of two dimensions", {"weight": np.ones((1, 4))}),
    ],
)

multilabel_margin_loss = Op(
    "losses.multilabel_margin_loss",
    inputs=_label_sets,
    kinks=(0.0, 1.0),
    cases=[
        PER_SAMPLE,
        Case("mean", {"reduction": "mean"}, families=(*NOT_EMPTY, "kinks")),
        Case("sum", {"reduction": "sum"}, families=("typical", "kinks")),
        *reductions("all named", inputs=lambda draw: (draw((6, 5)), draw.index((6, 5), 5))),
        Case("named twice", inputs=lambda draw: (draw((2, 4)), np.array([[1, 1, -1, 3], [0, 2, 0, -1]]))),
        Case("ignored", {"reduction": "none"}, lambda draw: (draw((2, 3)), np.array([[1, -1, 0], [-1, 2, 1]]))),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("an index out of range", inputs=lambda draw: (draw((2, 3)), np.array([[0, -1, 3], [0, -1, 0]]))),
        Refusal("an index below -1", inputs=lambda draw: (draw((2, 3)), np.array([[0, -2, 0], [0, -1, 0]]))),
        Refusal("a target of another shape", inputs=lambda draw: (draw((2, 3)), np.array([[0, -1], [0, -1]]))),
        Refusal("a batch and one target", inputs=lambda draw: (draw((1, 3)), np.array([0, -1, 1]))),
        Refusal("one sample and a batch of targets", inputs=lambda draw: (draw((3,)), np.array([[0, -1, 1]]))),
        Refusal("a target of no integers", inputs=lambda draw: (draw((2, 3)), np.zeros((2, 3)))),
        Refusal("no classes", inputs=lambda draw: (draw((3, 0)), np.zeros((3, 0), np.int64))),
        Refusal("three dimensions", inputs=lambda draw: (draw((2, 2, 3)), np.zeros((2, 2, 3), np.int64))),
    ],
)

multilabel_soft_margin_loss = Op(
    "losses.multilabel_soft_margin_loss",
    inputs=_soft_labels,
    cases=[
        *_plain(without=("tiny",)),
        Case("gradient of input", families=("tiny",), differentiable=("input",)),
        *reductions("weighted", inputs=_soft_labels_weighted, families=("typical", "tails")),
        Case("labels", inputs=lambda draw: (draw((6, 5)), draw.choice((0.0, 1.0), (6, 5))), families=("tails",)),
        Case("integer labels", inputs=lambda draw: (draw((6, 5)), draw.index((6, 5), 2))),
        Case("images", {"reduction": "none"}, lambda draw: (draw((2, 3, 5)), draw((2, 3, 5), 0.0, 1.0))),
        Case("broadcast target", inputs=lambda draw: (draw((6, 5)), draw((5,), 0.0, 1.0))),
        Case("broadcast input", {"reduction": "none"}, lambda draw: (draw((5,)), draw((6, 5), 0.0, 1.0))),
        Case("broadcast classes", inputs=lambda draw: (draw((6, 1)), draw((6, 5), 0.0, 1.0))),
        Case("weight a sample", inputs=lambda draw: (*_soft_labels(draw), draw((6, 1)))),
        Case("weights in front", {"reduction": "none"}, lambda draw: (*_soft_labels(draw), draw((2, 6, 5)))),
        Case("no classes", {"reduction": "none"}, lambda draw: (draw((6, 0)), draw((6, 0))), families=("empty",)),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("no dimension of classes", inputs=lambda draw: (draw(()), draw(()))),
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((6, 5)), draw((4,)))),
        Refusal("a weight of another length", {"weight": np.ones(4)}),
    ],
)

triplet_margin_loss = Op(
    "losses.triplet_margin_loss",
    inputs=_triplets,
    kinks=(0.0, 0.5),
    cases=[
        *_plain(without=("huge",)),
        Case("far", inputs=lambda draw: (draw((8, 4), -2.0, 2.0), draw((8, 4)), draw((8, 4))), families=("huge",)),
        *reductions("swap", {"swap": True}),
        *(Case(f"p {p}", {"p": p, "swap": p > 1}, families=("tails",)) for p in (0.5, 1, 1.5, 3, math.inf)),
        *(Case(f"p {p}", {"p": p, "margin": 3.0}) for p in (-math.inf, -1, 0)),
        *(Case(f"p {p} alike", {"p": p, "eps": 0.0, "margin": 0.375}, _whole_triplets) for p in (0, 0.5, 1, 1.5, 2, 3)),
        Case("next to the margin", {"p": 1, "eps": 0.0}, _next_to_the_margin),
        Case("beyond the overflow of float32", inputs=_of_size(1e25)),
        Case("beyond the underflow of float32", {"eps": 0.0}, inputs=_of_size(1e-25)),
        *(
            Case(f"p {p} exact", {"p": p, "eps": 0.0, "margin": 0.5, "swap": True}, _shorter_triplets(n), ("kinks",))
            for p, n in ((1, 4), (2, 1), (math.inf, 2), (-math.inf, 2))
        ),
        Case("margin and eps", {"margin": 0.3, "eps": 0.1, "reduction": "sum"}),
        Case("eps exact", {"p": 1, "eps": 0.25, "margin": 0.5}, _shorter_triplets(2), ("kinks",)),
        Case("a batch of sequences", {"swap": True}, lambda draw: [draw((2, 3, 4)) for _ in range(3)]),
        Case("broadcast", {"swap": True}, lambda draw: (draw((1, 4)), draw((8, 4)), draw((1, 4)))),
        Case("broadcast elements", {"reduction": "none"}, lambda draw: (draw((8, 4)), draw((1, 4)), draw((8, 1)))),
        Case("numbers", inputs=lambda draw: [draw(()) for _ in range(3)]),
        Case("no elements", {"reduction": "none"}, lambda draw: [draw((8, 0)) for _ in range(3)]),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a margin of 0", {"margin": 0.0}),
        Refusal("another number of dimensions", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw((4,)))),
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw((7, 4)))),
        Refusal("a maximum of nothing", {"p": math.inf}, lambda draw: [draw((8, 0)) for _ in range(3)]),
        Refusal("a negative power of nothing", {"p": -1}, lambda draw: [draw((8, 0)) for _ in range(3)]),
    ],
)

triplet_margin_with_distance_loss = Op(
    "losses.triplet_margin_with_distance_loss",
    inputs=_triplets,
    kinks=(0.0, 0.5),
    cases=[
        *_plain(without=("huge",)),
        Case("far", inputs=lambda draw: (draw((8, 4), -2.0, 2.0), draw((8, 4)), draw((8, 4))), families=("huge",)),
        Case("swap", {"swap": True, "margin": 0.5}, families=("typical", "tails")),
        Case("next to the margin", inputs=_next_to_the_margin),
        Case("squared", {"distance_function": SquaredDistance()}, families=("typical", "tails", "zeros")),
        *reductions(
            "squared swap",
            {"distance_function": SquaredDistance(), "swap": True, "margin": 0.25},
            ("typical", "kinks"),
            inputs=_shorter_triplets(2),
        ),
        Case("broadcast", {"swap": True}, lambda draw: (draw((1, 4)), draw((8, 4)), draw((1, 4)))),
        Case("numbers", inputs=lambda draw: [draw(()) for _ in range(3)]),
    ],
    refusals=[
        UNKNOWN_REDUCTION,
        Refusal("a negative margin", {"margin": -1.0}),
        Refusal("a name for a distance", {"distance_function": "euclidean"}),
        Refusal("another number of dimensions", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw((4,)))),
        Refusal("shapes that do not broadcast", inputs=lambda draw: (draw((8, 4)), draw((8, 4)), draw((7, 4)))),
    ],
)

PAIRS = (
    hinge_embedding_loss,
    margin_ranking_loss,
    cosine_embedding_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
