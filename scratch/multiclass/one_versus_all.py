"""One-versus-all: a binary learner for each class, against all others.

Source: Rifkin and Klautau, 2004, "In Defense of One-Vs-All Classification", JMLR 5.

Formula:

    t_ik = 1 if y_i = k else -1,   s_k = w_k . x + b_k,   label = argmax_k s_k

Class k says yes where s_k >= 0. If several do or none does, the largest score decides; of equal ones the smallest
class. `scratch.multiclass.vote_any` on the same scores takes a random one of those that say yes instead.

Derivation: The learners are least squares with alpha (|w|^2 + b^2) added to the sum of squares
(`scratch.multiclass._binary`), so w_k and b_k solve one linear equation, which is the same for all classes but for t.

Options:
    alpha: the weight of the penalty of every learner.

Shapes: `X` (N, d); `y` (N,), integers that hold every class from 0 to C - 1; `weight` (C, d), `bias` (C,).

Errors: ValueError for other labels, a single class, data that are not finite, shapes that do not fit and alpha not
above 0.

torch: has none; the twin is written with `torch.linalg.solve` and `torch.argmax`.

Example:

>>> X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
>>> fitted = fit(X, np.array([0, 0, 1, 1]))
>>> fitted.weight.round(3).tolist(), predict(fitted, np.array([[-3.0], [0.0], [0.5]])).tolist()
([[-0.545], [0.545]], [0, 0, 1])
"""

from typing import NamedTuple

import numpy as np

from scratch.multiclass import _binary, argmax


class Fitted(NamedTuple):
    """The learners, one a class."""

    weight: np.ndarray
    bias: np.ndarray


def fit(X, y, *, alpha=1.0):
    """Return the learners of each class against all others."""
    classes = _binary.require_classes(X, y)
    return Fitted(*_binary.fit(X, y, 2 * np.eye(classes, dtype=int) - 1, alpha))


def predict(fitted, X):
    """Return the class of the largest score of each row of `X`."""
    return argmax.forward(_binary.scores(fitted, X))
