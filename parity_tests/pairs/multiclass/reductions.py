"""Rows of the reductions of many classes to two."""

import math

import numpy as np

from gradtwin.rows import Case, Model, Refusal
from parity_tests.pairs import data
from parity_tests.pairs.multiclass._shared import FEW, spoilt


def _labelled(classes, *given):
    """Return 24 samples of that many classes, what else is given, and ten queries."""
    return lambda draw: (draw((24, 3)), draw.rng.permutation(np.arange(24) % classes), *given, draw((10, 3)))


def _iris(draw):
    X, y = data.iris()
    rows = draw.rng.permutation(len(X))
    return X[rows[:90]], y[rows[:90]], X[rows[90:]]


def _digits(draw, *given, classes=10):
    """Return digits by the eight pixels of one line through the middle of each image."""
    X, y = data.digits()
    X, y = X[y < classes, 32:40], y[y < classes]
    return X[:100], y[:100], *given, X[100:140]


def _changed(*given, X=None, y=None, queries=None):
    """Return data of three classes in which one of the arrays is made another by a function."""

    def inputs(draw):
        samples, labels, *rest, asked = _labelled(3, *given)(draw)
        changed = ((samples, X), (labels, y), (asked, queries))
        samples, labels, asked = (a if change is None else change(a) for a, change in changed)
        return samples, labels, *rest, asked

    return inputs


_DATA = [
    Refusal("one class only", inputs=_changed(y=np.zeros_like)),
    Refusal("labels that skip a class", inputs=_changed(y=lambda y: 2 * y)),
    Refusal("labels from 1 on", inputs=_changed(y=lambda y: y + 1)),
    Refusal("labels of -1 and 1", inputs=_changed(y=lambda y: np.where(y == 0, -1, 1))),
    Refusal("labels that are no integers", inputs=_changed(y=lambda y: y.astype(float))),
    Refusal("fewer labels than samples", inputs=_changed(y=lambda y: y[1:])),
    Refusal("NaN in the data", inputs=_changed(X=spoilt)),
    Refusal("an infinity in the data", inputs=_changed(X=lambda X: np.where(X > 0, math.inf, X))),
    Refusal("NaN in the queries", inputs=_changed(queries=spoilt)),
    Refusal("queries with fewer features", inputs=_changed(queries=lambda X: X[:, 1:])),
    Refusal("samples of one number", inputs=_changed(X=lambda X: X[:, 0])),
    Refusal("no regularisation", {"alpha": 0.0}),
    Refusal("a negative regularisation", {"alpha": -1.0}),
]


def _reduction(name, more, *refusals):
    return Model(
        f"multiclass.{name}",
        inputs=_labelled(4),
        cases=[
            Case("four classes", families=FEW),
            Case("two classes", {"alpha": 0.5}, _labelled(2)),
            Case("little regularised", {"alpha": 0.01}, _labelled(3)),
            Case("iris", inputs=_iris),
            *more,
        ],
        refusals=[*_DATA, *refusals],
        margin=True,
    )


def _code(*words):
    """Return the three words as an array."""
    return np.array(words)


WORDS = np.where(np.random.default_rng(3).random((10, 15)) < 1 / 2, -1, 1)
"""Random code words of fifteen bits for the ten digits."""

one_versus_all = _reduction("one_versus_all", [Case("digits", inputs=_digits)])
one_versus_one = _reduction("one_versus_one", [Case("digits", inputs=lambda draw: _digits(draw, classes=6))])
output_codes = _reduction(
    "output_codes",
    [
        Case("digits", inputs=lambda draw: _digits(draw, WORDS)),
        Case("the code of one-versus-all", inputs=_labelled(3, 2 * np.eye(3, dtype=int) - 1)),
        Case("two bits", inputs=_labelled(3, _code([1, 1], [1, -1], [-1, 1]))),
    ],
    Refusal("more words than bits allow", inputs=_changed(_code([1], [-1], [1]))),
    Refusal("equal words", inputs=_changed(_code([1, 1], [1, -1], [1, 1]))),
    Refusal("a bit the same for all", inputs=_changed(_code([1, 1, 1], [1, 1, -1], [1, -1, 1]))),
    Refusal("a word too few", inputs=_changed(_code([1, 1], [-1, 1]))),
    Refusal("a word too many", inputs=_changed(_code([1, 1], [-1, 1], [1, -1], [-1, -1]))),
    Refusal("a bit of 0", inputs=_changed(_code([1, 1], [0, 1], [1, -1]))),
)
tree_reduction = _reduction(
    "tree_reduction",
    [
        Case("digits", inputs=_digits),
        Case("a chain", {"tree": (3, (1, (0, 2)))}),
        Case("pairs", {"tree": ((2, 0), (3, 1))}),
    ],
    Refusal("a tree that misses a class", {"tree": ((0, 1), 2)}),
    Refusal("a tree that holds a class twice", {"tree": ((0, 1), ((2, 3), 1))}),
    Refusal("a tree with a class too many", {"tree": ((0, 1), (2, (3, 4)))}),
    Refusal("a node of three branches", {"tree": (0, 1, (2, 3))}),
    Refusal("a tree of words", {"tree": "((0, 1), (2, 3))"}),
)

PAIRS = (one_versus_all, one_versus_one, output_codes, tree_reduction)
