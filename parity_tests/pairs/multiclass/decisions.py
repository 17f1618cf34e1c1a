"""Rows of decisions by scores, and of codes that are drawn."""

import math

import numpy as np

from gradtwin.rows import Case, Op, Refusal
from parity_tests.pairs.multiclass._shared import FEW

LAST = 0.999
"""A number so far below 1 that what rounding may do to it stays below."""


def _scores(draw):
    return (draw((*draw.batch(12), 5)),)


def _uniform(draw):
    """Return scores, and a number from [0, 1) a row; exact where the softmax is, with sums that meet the numbers."""
    n = draw.batch(16)
    if draw.family == "kinks":
        return np.zeros((*n, 4), draw.dtype), np.arange(*n, dtype=draw.dtype) % 16 / 16
    return draw((*n, 4)), draw(n, 0.0, LAST)


def _votes(draw):
    """Return scores on either side of 0 and at it, of which none, one or several say yes, and numbers."""
    scores, uniform = _uniform(draw)
    return (draw(scores.shape), uniform) if draw.family == "kinks" else (scores, uniform)


def _with(scores, *uniform):
    """Return inputs that hold these scores, a row, and these uniform numbers."""
    return lambda draw: (np.tile(np.array(scores, draw.dtype), (len(uniform), 1)), np.array(uniform, draw.dtype))


def _beside(draw):
    """Return scores, and numbers so near a cumulative sum of their softmax that a slight change of it shows."""
    scores = draw((24, 4))
    share = np.exp(scores.astype(float))
    sums = np.cumsum(share, axis=1) / np.sum(share, axis=1, keepdims=True)
    picked = sums[np.arange(24), np.arange(24) % 3]
    return scores, picked * np.where(np.arange(24) < 12, 1 - 1e-4, 1 + 1e-4).astype(draw.dtype)


_NUMBERS = [
    Refusal("a number of 1", inputs=_with([0, 1], 0.5, 1.0)),
    Refusal("a negative number", inputs=_with([0, 1], 0.5, -0.25)),
    Refusal("a number that is none", inputs=_with([0, 1], 0.5, math.nan)),
    Refusal("a score that is none", inputs=_with([0, math.nan], 0.5)),
    Refusal("a score that is infinite", inputs=_with([0, math.inf], 0.5)),
    Refusal("more numbers than rows", inputs=lambda draw: (draw((3, 2)), draw((4,), 0.25, 0.75))),
]

argmax = Op(
    "multiclass.argmax",
    inputs=_scores,
    cases=[
        Case("scores", families=(*FEW, "tails", "huge", "tiny", "kinks", "empty")),
        Case("one class", inputs=lambda draw: (draw((3, 1)),)),
        Case("infinite", inputs=lambda draw: (np.array([[0.0, math.inf, 1.0], [-math.inf, -2.0, -3.0]], draw.dtype),)),
    ],
    kinks=(0.0, 1.0),
    refusals=[
        Refusal("NaN", inputs=lambda draw: (np.array([[0.0, math.nan]]),)),
        Refusal("one row alone", inputs=lambda draw: (draw((5,)),)),
        Refusal("no classes", inputs=lambda draw: (draw((5, 0)),)),
    ],
    margin=True,
    gradient=False,
)

sample = Op(
    "multiclass.sample",
    inputs=_uniform,
    cases=[
        Case("scores", families=(*FEW, "tails", "tiny", "kinks", "empty")),
        Case("one class", inputs=lambda draw: (draw((3, 1)), draw((3,), 0.25, 0.75))),
        Case("the ends", inputs=_with([0, 1, 2], 0.0, 0.5, LAST)),
        Case("beside the sums", inputs=_beside),
        Case("beyond overflow", inputs=_with([1000, 999, 1001, 998], 0.1, 0.3, 0.6, 0.9)),
        Case("a class of no probability", inputs=_with([-1000, 0, -1000], 0.0, 0.5, LAST)),
    ],
    kinks=(0.0,),
    refusals=_NUMBERS,
    margin=True,
    gradient=False,
)

vote_any = Op(
    "multiclass.vote_any",
    inputs=_votes,
    cases=[
        Case("scores", families=("typical", "strided", "read-only", "tails", "kinks", "empty")),
        Case("none says yes", inputs=_with([-1, -2, -3, -4], 0.1, 0.3, 0.6, 0.9)),
        Case("all say yes", inputs=_with([1, 2, 3, 4], 0.1, 0.3, 0.6, 0.9)),
    ],
    kinks=(0.0,),
    refusals=_NUMBERS,
    margin=True,
    gradient=False,
)


def _codes(*words):
    """Return the numbers that draw nine codes, one of them with these words, so that one at least will do."""
    code = np.array([[int(bit) for bit in word] for word in words])

    def inputs(draw):
        drawn = draw((9, *code.shape)) if draw.family == "kinks" else draw.rng.random((9, *code.shape))
        drawn[4] = 0.25 + code / 2
        return (drawn,)

    return inputs


random_code = Op(
    "multiclass.random_code",
    inputs=_codes("110010", "001011", "011100", "100101"),
    cases=[
        Case("six bits", families=("typical", "kinks")),
        Case("as many words as bits allow", families=("typical", "kinks"), inputs=_codes("10", "00", "11", "01")),
        Case("two classes", inputs=_codes("100", "011")),
    ],
    kinks=(0.5,),
    refusals=[
        Refusal("more words than bits allow", inputs=lambda draw: (draw.rng.random((50, 5, 2)),)),
        Refusal("equal words only", inputs=lambda draw: (np.full((3, 2, 4), 0.25),)),
        Refusal("a bit the same for all", inputs=lambda draw: (np.array([[[0.1, 0.1], [0.1, 0.9]]]),)),
        Refusal("a number of 1", inputs=lambda draw: (np.ones((3, 2, 4)),)),
        Refusal("a single class", inputs=lambda draw: (draw.rng.random((3, 1, 4)),)),
        Refusal("one code alone", inputs=lambda draw: (draw.rng.random((4, 6)),)),
    ],
    gradient=False,
)

PAIRS = (argmax, sample, vote_any, random_code)
