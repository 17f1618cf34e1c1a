"""Rows of dropout: the mask that torch draws is given to both sides."""

import math

import numpy as np

from gradtwin.families import EVERY
from gradtwin.rows import Case, Op, Refusal

BOTH = ("typical", "tails")
SPREAD = tuple(f for f in EVERY if f != "zero-dimensional")
TRAINING = {"training": True}


def _elements(draw):
    """Return numbers, and a mask of each."""
    shape = draw.batch(5, 7)
    return {"input": draw(shape), "mask": draw.choice((0, 1), shape) > 0}


def _channels(*shape, mask):
    """Return inputs of that shape, and a mask in the shape that torch draws, of which some is kept and some is not."""

    def inputs(draw):
        whole = draw.batch(*shape)
        drawn = (*whole[:1], *mask[1:]) if mask[:1] == shape[:1] or 0 in whole else mask
        kept = draw.rng.permutation(np.arange(math.prod(drawn)) % 3 > 0).reshape(drawn)
        return {"input": draw(whole), "mask": kept}

    return inputs


def _only(*shape):
    """Return an input of that shape; the first of it is the batch."""
    return lambda draw: (draw((*draw.batch(*shape[:1]), *shape[1:])),)


def _given(mask):
    """Return the mask as an option of training, beside numbers of another shape."""
    return {**TRAINING, "mask": mask}


def _undrawn(inputs):
    """Return the cases in which torch draws nothing."""
    return [
        Case("keeping all", {**TRAINING, "p": 0.0}, inputs),
        Case("dropping all", {**TRAINING, "p": 1.0}, inputs, ("typical", "zeros")),
        Case("evaluation", {"training": False}, inputs, ("zeros", "zero-dimensional", "empty")),
        Case("evaluation dropping all", {"training": False, "p": 1.0}, inputs),
    ]


def _improper(inputs, mask):
    """Return refusals of p and of the mask."""
    return [
        Refusal("a negative p", {"p": -0.1}, inputs),
        Refusal("a p above 1", {"p": 1.5, "training": False}, inputs),
        Refusal("a p that is not a number", {"p": math.nan}, inputs),
        Refusal("no mask", TRAINING, inputs),
        Refusal("a mask of another shape", _given(np.ones((3, *mask[1:]), dtype=bool)), inputs),
        Refusal("a mask of numbers", _given(np.ones(mask)), inputs),
    ]


def _elementwise(name):
    """Return a row whose mask is of every element."""
    return Op(
        f"layers.{name}",
        inputs=_elements,
        cases=[
            Case("training", TRAINING, families=EVERY),
            Case("seldom", {**TRAINING, "p": 0.1}, families=BOTH),
            Case("mostly", {**TRAINING, "p": 0.9}),
            Case("nearly all", {**TRAINING, "p": 1 - 2.0**-20}),
            Case("default", inputs=_elements),
            *_undrawn(_only(5, 7)),
        ],
        refusals=_improper(_only(5, 7), (5, 7)),
    )


def _channelwise(name, inputs, cases, mask, refusals):
    """Return a row whose mask is of every channel."""
    return Op(
        f"layers.{name}",
        inputs=inputs,
        cases=[
            Case("training", TRAINING, families=SPREAD),
            Case("seldom", {**TRAINING, "p": 0.1}),
            *cases,
        ],
        refusals=[*_improper(lambda draw: {"input": inputs(draw)["input"]}, mask), *refusals],
    )


dropout = _elementwise("dropout")
alpha_dropout = _elementwise("alpha_dropout")

dropout1d = _channelwise(
    "dropout1d",
    _channels(4, 3, 5, mask=(4, 3, 1)),
    [
        Case("default", inputs=_channels(4, 3, 5, mask=(4, 3, 1))),
        Case("no batch", TRAINING, _channels(6, 4, mask=(1, 6, 1)), ("typical", "zeros")),
        *_undrawn(_only(4, 3, 5)),
        Case("no batch, evaluation", {"training": False}, _only(6, 4)),
    ],
    (4, 3, 1),
    [
        Refusal("one dimension", {"training": False}, _only(5)),
        Refusal("four dimensions", {"training": False}, _only(2, 3, 4, 5)),
        Refusal("a mask without a batch", _given(np.ones((6, 1), dtype=bool)), _only(6, 4)),
    ],
)

dropout2d = _channelwise(
    "dropout2d",
    _channels(4, 3, 2, 5, mask=(4, 3, 1, 1)),
    [
        Case("default", inputs=_channels(4, 3, 2, 5, mask=(4, 3, 1, 1))),
        Case("three dimensions", TRAINING, _channels(4, 3, 5, mask=(4, 3, 1)), ("typical", "zeros")),
        Case("two dimensions", TRAINING, _channels(4, 6, mask=(4, 6))),
        Case("one number", TRAINING, _channels(1, 1, 1, 1, mask=(1, 1, 1, 1))),
        Case("five dimensions", TRAINING, _channels(4, 3, 2, 2, 2, mask=(4, 3, 1, 1, 1))),
        *_undrawn(_only(4, 3, 2, 5)),
        Case("one dimension, evaluation", {"training": False}, _only(5)),
    ],
    (4, 3, 1, 1),
    [
        Refusal("one dimension", TRAINING, _channels(5, mask=(5,))),
        Refusal("a mask of every element", _given(np.ones((4, 3, 2, 5), dtype=bool)), _only(4, 3, 2, 5)),
    ],
)

dropout3d = _channelwise(
    "dropout3d",
    _channels(4, 3, 2, 2, 3, mask=(4, 3, 1, 1, 1)),
    [
        Case("default", inputs=_channels(4, 3, 2, 2, 3, mask=(4, 3, 1, 1, 1))),
        Case("no batch", TRAINING, _channels(6, 2, 3, 2, mask=(1, 6, 1, 1, 1)), ("typical", "zeros")),
        Case("one dimension", TRAINING, _channels(6, mask=(1, 6))),
        Case("six dimensions", TRAINING, _channels(4, 3, 2, 2, 1, 2, mask=(1, 4, 1, 1, 1, 1, 1))),
        *_undrawn(_only(4, 3, 2, 2, 3)),
        Case("no batch, evaluation", {"training": False}, _only(6, 2, 3, 2)),
    ],
    (4, 3, 1, 1, 1),
    [
        Refusal("no dimension", TRAINING, _channels(mask=(1,))),
        Refusal("a mask without a batch", _given(np.ones((6, 1, 1, 1), dtype=bool)), _only(6, 2, 3, 2)),
    ],
)

feature_alpha_dropout = _channelwise(
    "feature_alpha_dropout",
    _channels(4, 3, 2, 5, mask=(4, 3, 1, 1)),
    [
        Case("default", inputs=_channels(4, 3, 2, 5, mask=(4, 3, 1, 1))),
        Case("vectors", TRAINING, _channels(4, 6, mask=(4, 6))),
        *_undrawn(_only(4, 3, 2, 5)),
        Case("one dimension, evaluation", {"training": False}, _only(5)),
    ],
    (4, 3, 1, 1),
    [Refusal("one dimension", TRAINING, _channels(5, mask=(5,)))],
)

PAIRS = (dropout, dropout1d, dropout2d, dropout3d, alpha_dropout, feature_alpha_dropout)
