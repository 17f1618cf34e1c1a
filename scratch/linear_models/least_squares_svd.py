"""Least squares of least norm by the singular value decomposition.

Source: Golub and Kahan, 1965, doi:10.1137/0702016.

Formula:

    X = U S V',  s_1 >= s_2 >= ... >= 0        w = sum over i <= r of v_i (u_i'y) / s_i

r, the `rank`, is the number of singular values above `rcond` s_1; the others are taken as 0.

Derivation: With w = sum_i a_i v_i the residual is sum_i (s_i a_i - u_i'y) u_i and a part that no w changes. So
a_i = u_i'y / s_i makes it least where s_i > 0, and where s_i = 0, as where columns are dependent or rows fewer than
columns, any a_i does. |w|^2 is sum_i a_i^2, so those are 0 here: of all solutions this is the shortest.

Rounding u becomes an error of k u with k = s_1 / s_r, the `condition` returned: that of X itself where no singular
value is dropped. It is larger than need be where columns are of other scales, which the norm also weighs.

Options:
    rcond: the part of the largest singular value up to which another is 0; None is max(N, d) eps, the rule of
        `numpy.linalg.matrix_rank`.

Shapes: `X` (N, d), which carries a column of ones where the model has a bias, `y` (N,), `weight` (d,). X = 0 has rank
0, weights 0 and an infinite `condition`.

Errors: ValueError for other shapes, dtypes or N = 0, for NaN and infinities, and for an rcond outside [0, 1). Dependent
columns are not refused.

torch: has none; the twin is written with `torch.linalg.svd` and `torch.linalg.matrix_rank`.

Example:

>>> fitted = fit(np.array([[1.0, 1.0], [2.0, 2.0]]), np.array([4.0, 8.0]))
>>> fitted.weight.round(12).tolist(), int(fitted.rank)
([2.0, 2.0], 1)
"""

from typing import NamedTuple

import numpy as np

from scratch.linear_models import _regression
from scratch.linear_models._regression import negligible, require_data


class Fitted(NamedTuple):
    """The weights, the rank, and the condition number of the part of the columns that is kept."""

    weight: np.ndarray
    rank: np.integer
    condition: np.floating


def fit(X, y, *, rcond=None):
    """Return the shortest of the weights that minimise the squared error."""
    require_data(X, y)
    if rcond is not None and not 0 <= rcond < 1:
        raise ValueError(f"Expected rcond to be at least 0 and below 1; got {rcond!r}.")
    u, s, vt = np.linalg.svd(X, full_matrices=False)
    rank = np.sum(s > (negligible(X) if rcond is None else rcond) * s[0])
    weight = vt[:rank].T @ ((u[:, :rank].T @ y) / s[:rank])
    return Fitted(weight, rank, s[0] / s[rank - 1] if rank else X.dtype.type(np.inf))


def predict(fitted, X):
    """Return X w."""
    return _regression.predict(fitted.weight, X)
