"""Ridge regression, least squares with a squared penalty.

Source: Hoerl and Kennard, 1970, doi:10.1080/00401706.1970.10488634.

Formula:

    F(w) = c |X w - y|^2 + p |w|^2        c = 1/N, 1 or 1/2,  p = alpha/k, alpha or alpha/2
    (X'X + (p/c) 1) w = X'y

k is the number of weights: by default F is lecture C's MSE + (alpha/k) sum w^2. scikit-learn's `Ridge` has "sum" and
"sum".

Gradient: The residual's derivative by w is X, so dF/dw = 2 c X'(X w - y) + 2 p w. It is 0 where the second line holds:
X'X plus alpha N/k in the lecture's scaling. The matrix is positive definite for every alpha > 0, and is solved by
Cholesky's factorization. It is A'A for A = [X; sqrt(p/c) 1], of which `condition` is the condition number:
sqrt((s_1^2 + p/c) / (s_d^2 + p/c)) by the singular values of X, fewer rows than columns or not.

Options:
    alpha: the weight of the penalty.
    reduction: which c: "mean", "sum" or "half_sum".
    penalty: which p: "mean", "sum" or "half_sum".

Shapes: `X` (N, d), `y` (N,), `weight` (d,). A column of ones is penalised like any other; centre X and y to be rid of a
bias instead.

Errors: ValueError for other shapes, dtypes or N = 0, for NaN and infinities, an unknown reduction or penalty, a
negative alpha, and, with the condition number, where alpha = 0 (or next to it) leaves the columns of A dependent.

torch: has none; the twin is written as a step of Newton's method, with autograd's Hessian and `torch.cholesky_solve`.

Example:

>>> X, y = np.array([[1.0], [1.0]]), np.array([1.0, 3.0])
>>> fit(X, y, alpha=1.0).weight.round(12).tolist()
[1.0]
>>> value_and_grad([np.array([1.0])], X, y, alpha=1.0)[1][0].tolist()
[0.0]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch.linear_models import _regression
from scratch.linear_models._regression import (
    require_data,
    require_independent,
    scaling,
    solve_by_cholesky,
    squared_error,
)
from scratch.optimizers._require import require_at_least


class Fitted(NamedTuple):
    """The weights, and the condition number of the columns with those of the penalty below them."""

    weight: np.ndarray
    condition: np.floating


def value_and_grad(parameters, X, y, alpha=1.0, reduction="mean", penalty="mean"):
    """Return the squared error of the weights [w] with the penalty, and its gradient by w."""
    (weight,) = parameters
    cost, grad = squared_error(weight, X, y, reduction)
    p = float(alpha) * scaling("penalty", penalty, len(weight))
    return cost + p * (weight @ weight), [grad + 2 * p * weight]


def fit(X, y, *, alpha=1.0, reduction="mean", penalty="mean"):
    """Return the weights that minimise the squared error with the penalty."""
    require_data(X, y)
    require_at_least(0, alpha=alpha)
    shift = float(alpha) * scaling("penalty", penalty, X.shape[1]) / scaling("reduction", reduction, len(y))
    condition = require_independent(np.concatenate([X, math.sqrt(shift) * np.eye(X.shape[1], dtype=X.dtype)]))
    return Fitted(solve_by_cholesky(X, y, shift, condition), condition)


def predict(fitted, X):
    """Return X w."""
    return _regression.predict(fitted.weight, X)
