"""Rows of the perceptron."""

import math

import numpy as np

from gradtwin.rows import Case, Model, Refusal
from parity_tests.pairs import data
from parity_tests.pairs.multiclass._shared import spoilt


def _separable(draw):
    """Return samples that a plane through 0 divides, visited at random, and queries."""
    X, wanted = draw((20, 3)), np.array([1.0, -0.5, 0.25], draw.dtype)
    X = X + np.outer(np.sign(X @ wanted), wanted).astype(draw.dtype)
    return X, (X @ wanted >= 0).astype(int), draw.index((60,), 20), draw((10, 3))


def _mixed(draw):
    """Return samples that no plane divides."""
    X, _, order, queries = _separable(draw)
    return X, np.arange(20) % 2, order, queries


def _axes(draw):
    """Return samples on an axis each; those of class 1 have scores of 0, which do not round, and keep them."""
    X = np.diag(draw((6,)))
    return X, np.arange(6) % 2, np.arange(6), np.concatenate([X, draw((12, 6))])


def _biased(X):
    return np.column_stack([X, np.ones(len(X))])


def _one_flower(flower):
    """Return the iris data, that one species against the others, with a column of ones."""

    def inputs(draw):
        X, y = data.iris()
        rows = draw.rng.permutation(len(X))
        X, y = _biased(X[rows]), (y[rows] == flower).astype(int)
        return X[:90], y[:90], draw.rng.integers(0, 90, 60), X[90:]

    return inputs


def _tumours(draw):
    X, y = data.breast_cancer()
    return _biased(X[:60, :5]), y[:60], draw.rng.integers(0, 60, 60), _biased(X[60:100, :5])


def _reviews(draw):
    X, y = data.reviews()
    X = _biased(data.standardized(X))
    return X, y, draw.rng.integers(0, len(X), 60), X


def _changed(**changes):
    """Return separable data in which some arrays are made others by functions."""

    def inputs(draw):
        names = ("X", "y", "order", "queries")
        return tuple(changes.get(n, lambda a: a)(a) for n, a in zip(names, _separable(draw), strict=True))

    return inputs


perceptron = Model(
    "linear_models.perceptron",
    inputs=_separable,
    cases=[
        Case("separable", families=("typical", "strided", "read-only")),
        Case("not separable", families=("typical", "zeros"), inputs=_mixed),
        Case("scores of 0", inputs=_axes),
        Case("iris, setosa", inputs=_one_flower(0)),
        Case("iris, versicolor", inputs=_one_flower(1)),
        Case("tumours", inputs=_tumours),
        Case("reviews", inputs=_reviews),
    ],
    refusals=[
        Refusal("one class only", inputs=_changed(y=np.ones_like)),
        Refusal("labels of -1 and 1", inputs=_changed(y=lambda y: 2 * y - 1)),
        Refusal("labels of a third kind", inputs=_changed(y=lambda y: np.arange(len(y)) % 3)),
        Refusal("labels that are none", inputs=_changed(y=lambda y: np.where(y == 0, math.nan, 1.0))),
        Refusal("fewer labels than samples", inputs=_changed(y=lambda y: y[1:])),
        Refusal("NaN in the data", inputs=_changed(X=spoilt)),
        Refusal("NaN in the queries", inputs=_changed(queries=spoilt)),
        Refusal("queries with fewer features", inputs=_changed(queries=lambda X: X[:, 1:])),
        Refusal("a row that is not there", inputs=_changed(order=lambda order: order + 20)),
        Refusal("a row before the first", inputs=_changed(order=lambda order: order - 20)),
        Refusal("rows that are no integers", inputs=_changed(order=lambda order: order / 2.0)),
    ],
    margin=True,
)

PAIRS = (perceptron,)
