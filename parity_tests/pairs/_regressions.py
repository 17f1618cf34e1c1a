"""What the rows of the linear regressions share: data, and what all of them refuse."""

import numpy as np

from gradtwin.rows import Case, Refusal
from parity_tests.pairs import data

FAMILIES = ("typical", "zeros", "strided", "read-only")
SCALES = (1.0, 1e3, 1.0, 1e-1)
"""Columns of the badly scaled data are as far apart as 10^4."""


def line(draw):
    return draw((9,)), draw((9,)), draw((4,))


def plane(draw):
    return draw((9, 2)), draw((9,)), draw((4, 2))


def table(draw):
    return draw((12, 4)), draw((12,)), draw((5, 4))


def scaled(draw):
    """Return data whose columns are of other sizes, and a target that all of them make."""
    scales = np.array(SCALES, draw.dtype)
    X = draw((12, 4)) * scales
    return X, (X / scales) @ np.ones(4, draw.dtype) + draw((12,)), draw((5, 4)) * scales


def alike(draw):
    """Return data of columns much alike, on which descent is slow and a few steps leave a gap."""
    X, y, queries = table(draw)
    return X + 3 * draw((12, 1)), y, queries


def wide(draw):
    return draw((3, 5)), draw((3,)), draw((4, 5))


def doubled(draw):
    """Return whole numbers, of which the third column is the first one and the second."""
    X = np.random.default_rng(0).integers(-4, 5, (8, 3)).astype(draw.dtype)
    X[:, 2] = X[:, 0] + X[:, 1]
    return X, draw((8,)), draw((4, 3))


def iris(draw):
    """Return the length of the petal by the other three figures and a column of ones."""
    X, _ = data.iris()
    A = np.column_stack([X[:, [0, 1, 3]], np.ones(len(X))]).astype(draw.dtype)
    y = X[:, 2].astype(draw.dtype)
    return A[::2], y[::2], A[1:20:2]


def diabetes(draw):
    X, y = data.diabetes()
    X, y = X.astype(draw.dtype), (y - y.mean()).astype(draw.dtype)
    return X[:100], y[:100], X[100:110]


def spoiled(place, value):
    """Return how a table is drawn with a number that is none, in X (0) or y (1)."""

    def made(draw):
        changed = [np.array(x) for x in table(draw)]
        changed[place].flat[5] = value
        return changed

    return made


def cost(inputs, weights, **options):
    """Return the case of a cost at drawn weights."""
    name = " ".join(str(v) for v in options.values()) or "default"
    return Case(name, options, lambda draw: ([draw(weights)], *inputs(draw)[:2]), FAMILIES[:2])


def costs(inputs, weights):
    return [cost(inputs, weights, reduction=r) for r in ("mean", "sum", "half_sum")]


def batches(k, steps=10):
    """Return how a table is drawn with row numbers, k a step."""

    def made(draw):
        X, y, queries = table(draw)
        return X, y, draw.index((steps, k), len(X)), queries

    return made


def whole(inputs):
    """Return how `inputs` draws, with no row numbers."""

    def made(draw):
        *data, queries = inputs(draw)
        return *data, None, queries

    return made


WRONG_DATA = [
    Refusal("another number of targets", inputs=lambda draw: (draw((6, 2)), draw((5,)), draw((2, 2)))),
    Refusal("no samples", inputs=lambda draw: (draw((0, 2)), draw((0,)), draw((2, 2)))),
    Refusal("queries of another width", inputs=lambda draw: (draw((6, 2)), draw((6,)), draw((2, 3)))),
    Refusal("NaN in X", inputs=spoiled(0, np.nan)),
    Refusal("an infinite y", inputs=spoiled(1, -np.inf)),
]
DEPENDENT = [
    Refusal("dependent columns", inputs=doubled),
    Refusal("large dependent columns", inputs=lambda draw: (1e4 * doubled(draw)[0], *doubled(draw)[1:])),
    Refusal("zeros", inputs=lambda draw: (np.zeros((9, 2)), *plane(draw)[1:])),
    Refusal("fewer rows than columns", inputs=wide),
    Refusal("a column of zeros", inputs=lambda draw: (draw((9, 2)) * np.array([1, 0], draw.dtype), *plane(draw)[1:])),
]
"""Refused where there is no single solution."""
DATA = [
    Case("default", families=FAMILIES),
    Case("scaled", inputs=scaled),
    Case("iris", inputs=iris),
    Case("diabetes", inputs=diabetes),
]
