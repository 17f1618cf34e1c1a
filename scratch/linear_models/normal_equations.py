"""Least squares by the normal equations, solved by Cholesky's factorization.

Source: Gauss, 1809, "Theoria motus"; the factorization: Benoit, 1924.

Formula:

    X'X w = X'y        X'X = L L',   L v = X'y,   L' w = v

Derivation: The gradient of 1/2 |X w - y|^2 is X'(X w - y). It is 0, and the residual orthogonal to every column, where
the equations hold. X'X is symmetric, and positive definite where the columns are independent, so L exists, and two
triangular systems are solved one unknown at a time.

k(X'X) = k(X)^2, so that rounding u becomes an error of k^2 u, where `least_squares_qr` has k u. From k of about
u^{-1/2} (4000 in float32, 10^8 in float64) no digit is left. Columns of other scales do no harm, since Cholesky's
rounding scales with them (van der Sluis, 1969).

Shapes: `X` (N, d), which carries a column of ones where the model has a bias, `y` (N,), `weight` (d,); `condition` is
the condition number of `X`.

Errors: ValueError for other shapes, dtypes or N = 0, for NaN and infinities, and where X'X overflows. Dependent columns
are refused, as the solution is not unique: where a singular value of X is at most max(N, d) eps times the largest, the
rule of `numpy.linalg.matrix_rank`. Before that, X'X may have lost its last digit and not be positive definite any more:
refused too. Both errors tell the condition number of X.

torch: has none; the twin is written with `torch.linalg.cholesky` and `torch.cholesky_solve`.

Example:

>>> X, y = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), np.array([1.0, 2.0, 6.0])
>>> fitted = fit(X, y)
>>> fitted.weight.round(12).tolist(), float(fitted.condition.round(4))
([2.5, 0.5], 2.924)
>>> predict(fitted, np.array([[4.0, 1.0]])).round(12).tolist()
[10.5]
"""

from typing import NamedTuple

import numpy as np

from scratch.linear_models import _regression
from scratch.linear_models._regression import require_data, require_independent, solve_by_cholesky


class Fitted(NamedTuple):
    """The weights, and the condition number of the columns."""

    weight: np.ndarray
    condition: np.floating


def fit(X, y):
    """Return the weights that minimise the squared error."""
    require_data(X, y)
    condition = require_independent(X)
    return Fitted(solve_by_cholesky(X, y, 0, condition), condition)


def predict(fitted, X):
    """Return X w."""
    return _regression.predict(fitted.weight, X)
