"""The binary learners of every reduction, one for each column of a code: ridge regression (Hoerl and Kennard, 1970).

    minimise over w and b   sum_i (w . x_i + b - t_i)^2 + alpha (|w|^2 + b^2),   t_i = code[y_i, j]

The samples are those whose class has an entry other than 0 in column j; what entry says which side it stands on, 1 or
-1 (Allwein, Schapire and Singer, 2000). With A the rows (x_i, 1) the slope 2 A'(A v - t) + 2 alpha v is 0 where
(A'A + alpha I) v = A't, v = (w, b): the bias is the weight of a column of ones, and is regularised like the others.
With `alpha` above 0 the matrix is positive definite, whatever the data.

A score w . x + b of 0 or more says 1, one below says -1.
"""

import numpy as np

from scratch.layers import linear


def require_classes(X, y):
    """Return how many classes `y` holds, or raise a ValueError for data that cannot be learned from."""
    if X.ndim != 2 or y.shape != X.shape[:1]:
        raise ValueError(f"Expected X (N, d) and y (N,); got {X.shape} and {y.shape}.")
    require_finite(X)
    classes = np.unique(y)
    if y.dtype.kind not in "iu" or len(classes) < 2 or not np.array_equal(classes, np.arange(len(classes))):
        got = f"{y.dtype} with {classes.tolist()}"
        raise ValueError(f"Expected y to be integers that hold every class from 0 to C - 1, C at least 2; got {got}.")
    return len(classes)


def require_finite(X):
    """Raise a ValueError for NaN and infinities."""
    if not np.all(np.isfinite(X)):
        raise ValueError("Expected X to be finite; got NaN or an infinity.")


def fit(X, y, code, alpha):
    """Return weight (B, d) and bias (B,) of the learners of the columns of `code` (C, B)."""
    if not 0 < alpha < np.inf:
        raise ValueError(f"Expected alpha to be above 0 and finite; got {alpha!r}.")
    A = np.column_stack([X, np.ones(len(X), X.dtype)])
    v = np.stack([_least_squares(A, t.astype(A.dtype), alpha) for t in code[y].T])
    return v[:, :-1].copy(), v[:, -1].copy()


def scores(fitted, X):
    """Return the scores (N, B) of the learners."""
    require_finite(X)
    return linear.forward(X, fitted.weight, fitted.bias)


def disagreements(fitted, X):
    """Return how many learners say otherwise than the code word of each class (N, C); entries of 0 do not count."""
    said = np.where(scores(fitted, X) >= 0, 1, -1)[:, np.newaxis]
    return np.sum((said != fitted.code) & (fitted.code != 0), axis=2)


def _least_squares(A, t, alpha):
    A, t = A[t != 0], t[t != 0]
    return np.linalg.solve(A.T @ A + alpha * np.eye(A.shape[1], dtype=A.dtype), A.T @ t)
