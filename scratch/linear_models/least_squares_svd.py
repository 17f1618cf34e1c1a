"""Least squares of least norm by the singular value decomposition (Golub and Kahan, 1965, doi:10.1137/0702016).

    X = U S V',  s_1 >= s_2 >= ... >= 0        w = sum over i <= r of v_i (u_i'y) / s_i

Singular values of at most `rcond` s_1 are taken as 0; r, the `rank`, is the number of those above. Where the columns
are dependent, or fewer rows than columns, the solutions differ by what X maps to 0; this is the one without such a
part, and so the shortest. Nothing is refused for it.

Conditioning: rounding u becomes an error of k u with k = s_1 / s_r, the `condition` returned: that of X itself where no
singular value is dropped. It is larger than need be where columns are of other scales, which the norm also weighs.

Shapes: `X` (N, d), which carries a column of ones where the model has a bias, `y` (N,), `weight` (d,). `rcond` absent
is max(N, d) eps, the rule of `numpy.linalg.matrix_rank`. X = 0 has rank 0, weights 0 and an infinite `condition`.
ValueError for other shapes, dtypes or N = 0, for NaN and infinities, and for an `rcond` outside [0, 1).

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
