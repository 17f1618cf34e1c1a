"""The perceptron and its learning algorithm.

Source: Rosenblatt, 1958, doi:10.1037/h0042519; the bound: Novikoff, 1962; the pocket algorithm with ratchet: Gallant,
1990, doi:10.1109/72.80230.

Formula:

    f(x) = 1 if w . x >= 0 else 0
    visit x: if it is of class 1 and w . x < 0, w <- w + x;   if of class 0 and w . x >= 0, w <- w - x

It starts at w = 0, where every sample counts as 1, and stops as soon as all samples are right. The lecture picks the
samples at random; here `order` says which row is visited when. A bias is the weight of a column of ones in `X`.

Derivation: Let some v have t v . x >= g |v| > 0 for all samples, t = 1 or -1 by class, and R be the longest |x|. An
update w + t x adds at least g to v . w / |v|, and at most R^2 to |w|^2, since t w . x <= 0. So after n of them
n g <= |w| <= R sqrt(n), and there are at most (R / g)^2. Where there is no such v, the updates never end. The result is
then the weight with the fewest errors on all samples that was met along `order`, the first of equals, and `converged`
is False.

Shapes: `X` (N, d); `y` (N,) of 0 and 1, both of them there; `order` (T,), row numbers, any of them any number of times.

Errors: ValueError for other shapes and labels, a single class, row numbers outside 0 to N - 1, and data that are not
finite.

torch: has none; the twin is written with `torch.heaviside`, and `torch.optim.SGD` down the loss (f(x) - y) w . x.

Example:

>>> X = np.array([[1.0, 2.0], [1.0, -1.0], [1.0, -2.0]])
>>> fit(X, np.array([1, 0, 0]), np.array([0, 1, 2, 0, 1, 2]))
Fitted(weight=array([-1.,  1.]), mistakes=1, converged=True)
"""

from typing import NamedTuple

import numpy as np


class Fitted(NamedTuple):
    """The weight with the fewest errors, how many updates there were, and whether no error is left."""

    weight: np.ndarray
    mistakes: int
    converged: bool


def fit(X, y, order):
    """Return the weight after visiting the rows of `order`, or fewer once all samples are right."""
    _require(X, y, order)
    weight = best = np.zeros(X.shape[1], X.dtype)
    fewest, mistakes = _errors(weight, X, y), 0
    for i in order:
        if fewest == 0:
            break
        if (X[i] @ weight >= 0) == y[i]:
            continue
        weight = weight + X[i] if y[i] else weight - X[i]
        mistakes += 1
        errors = _errors(weight, X, y)
        if errors < fewest:
            fewest, best = errors, weight
    return Fitted(best, mistakes, bool(fewest == 0))


def predict(fitted, X):
    """Return 1 for the rows of `X` on the positive side or on the boundary, and 0 for the others."""
    if X.ndim != 2 or X.shape[1:] != fitted.weight.shape or not np.all(np.isfinite(X)):
        raise ValueError(f"Expected X to be finite, of shape (N, {len(fitted.weight)}); got shape {X.shape}.")
    return (X @ fitted.weight >= 0).astype(int)


def _errors(weight, X, y):
    return np.count_nonzero((X @ weight >= 0) != y)


def _require(X, y, order):
    if X.ndim != 2 or y.shape != X.shape[:1] or order.ndim != 1:
        got = f"{X.shape}, {y.shape} and {order.shape}"
        raise ValueError(f"Expected X (N, d), y (N,) and order (T,); got {got}.")
    if not np.all(np.isfinite(X)):
        raise ValueError("Expected X to be finite; got NaN or an infinity.")
    if np.unique(y).tolist() != [0, 1]:
        raise ValueError(f"Expected y to hold 0 and 1, both of them; got {np.unique(y).tolist()}.")
    if order.dtype.kind not in "iu" or np.any((order < 0) | (order >= len(X))):
        raise ValueError(f"Expected order to hold row numbers from 0 to {len(X) - 1}; got others.")
