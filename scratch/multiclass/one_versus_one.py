"""One-versus-one: a binary learner for each pair of classes, and most votes.

Source: Friedman, 1996, "Another approach to polychotomous classification".

Formula:

    for i < j, on the samples of these two classes:   t = 1 for class i, -1 for class j
    class i gets the vote of the pair where s_ij >= 0, class j where s_ij < 0;   label = the class with most votes

Of several classes with most votes it is the smallest; three classes that beat each other in a circle give 0.

Derivation: Every class stands in C - 1 pairs and wins or loses each, so most votes are fewest losses. These are the
disagreements with its row of the code, where 0 stands for the pairs that do not know it. The learners are least squares
with alpha (|w|^2 + b^2) added to the sum of squares (`scratch.multiclass._binary`).

Options:
    alpha: the weight of the penalty of every learner.

Shapes: `X` (N, d); `y` (N,), integers that hold every class from 0 to C - 1. `code` (C, C(C-1)/2) says what each pair
calls each class, 0 for those it does not know, in the order (0, 1), (0, 2), ..., (1, 2), ...; `weight` and `bias` have
a row a pair.

Errors: ValueError for other labels, a single class, data that are not finite, shapes that do not fit and alpha not
above 0.

torch: has none; the twin is written with `torch.combinations` and `torch.linalg.solve`, and counts votes pair by pair.

Example:

>>> X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
>>> fitted = fit(X, np.array([0, 1, 2]), alpha=0.5)
>>> fitted.code.tolist(), predict(fitted, X).tolist()
([[1, 1, 0], [-1, 0, 1], [0, -1, -1]], [0, 1, 2])
"""

from typing import NamedTuple

import numpy as np

from scratch.multiclass import _binary


class Fitted(NamedTuple):
    """The learners, one a pair of classes, and what each calls the classes."""

    weight: np.ndarray
    bias: np.ndarray
    code: np.ndarray


def fit(X, y, *, alpha=1.0):
    """Return the learners of each pair of classes."""
    classes = _binary.require_classes(X, y)
    first, second = np.triu_indices(classes, 1)
    k = np.arange(classes)[:, np.newaxis]
    code = (k == first).astype(int) - (k == second)
    weight, bias = _binary.fit(X, y, code, alpha)
    return Fitted(weight, bias, code)


def predict(fitted, X):
    """Return the class with most votes for each row of `X`: as each stands in C - 1 pairs, that lost fewest."""
    return np.argmin(_binary.disagreements(fitted, X), axis=1)
