"""Least squares by the QR factorization.

Source: Golub, 1965, doi:10.1007/BF01436075.

Formula:

    X = Q R,  Q'Q = 1,  R upper triangular        R w = Q'y

Derivation: y - Q Q'y is orthogonal to the columns of Q, so |X w - y|^2 = |R w - Q'y|^2 + |y - Q Q'y|^2. No w changes
the last term, and the first one can be made 0, from the last weight to the first.

X'X is never formed, and rounding u becomes an error of k(X) u, not k^2 u as in `normal_equations` (where the residual
is large, k^2 u |residual| comes back, for it is in the problem). Columns of other scales do no harm.

Shapes: `X` (N, d), which carries a column of ones where the model has a bias, `y` (N,), `weight` (d,); `condition` is
the condition number of `X`.

Errors: ValueError for other shapes, dtypes or N = 0, for NaN and infinities, and, with the condition number, for
dependent columns: where a singular value of X is at most max(N, d) eps times the largest, the rule of
`numpy.linalg.matrix_rank`.

torch: has none; the twin is written with `torch.linalg.qr` and `torch.linalg.solve_triangular`.

Example:

>>> X, y = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), np.array([1.0, 2.0, 6.0])
>>> fit(X, y).weight.round(12).tolist()
[2.5, 0.5]
"""

from typing import NamedTuple

import numpy as np

from scratch.linear_models import _regression
from scratch.linear_models._regression import require_data, require_independent, solve_upper


class Fitted(NamedTuple):
    """The weights, and the condition number of the columns."""

    weight: np.ndarray
    condition: np.floating


def fit(X, y):
    """Return the weights that minimise the squared error."""
    require_data(X, y)
    condition = require_independent(X)
    q, r = np.linalg.qr(X)
    return Fitted(solve_upper(r, q.T @ y), condition)


def predict(fitted, X):
    """Return X w."""
    return _regression.predict(fitted.weight, X)
