"""Least squares by gradient descent (Cauchy, 1847), on all samples, on mini-batches or on one sample at a time.

    w <- w - lr grad F(w)        F(w) = 1/2 |X w - y|^2  ("half_sum"),  |X w - y|^2  ("sum"),  |X w - y|^2 / N  ("mean")

`batches` (steps, k) holds the rows of every step, and F is then the cost of these rows, reduced likewise; k = 1 is one
sample a step (Robbins and Monro, 1951). Absent, every one of `steps` steps takes all rows. The gradient of the mean
over rows drawn at random is right in expectation; that of a sum is k/N of it.

Gradient: X'(X w - y) of the half sum, twice that of the sum, 2/N of it of the mean.

Step size: the Hessian is X'X (times 1, 2, 2/N), L its largest eigenvalue, and F falls by lr (1 - lr L / 2) |grad F|^2
at least: every step descends where lr < 2 / L, most surely with 1 / L, which an absent `lr` means. Above 2 / L the
error along the eigenvector of L grows at each step, by the factor |1 - lr L|. Steps along batches need not descend with
any `lr`, so there it must be given.

Shapes: `X` (N, d), which carries a column of ones where the model has a bias, `y` (N,), `weight` (d,), which starts at
0; `costs` (steps + 1,) holds the cost of all rows before every step and after the last. ValueError for other shapes,
dtypes or N = 0, for NaN and infinities, rows that are not there, an unknown reduction, negative `steps` or `lr`, and,
where `lr` is absent, for batches and for an X whose squares are 0 or overflow.

>>> X, y = np.array([[1.0], [1.0]]), np.array([1.0, 3.0])
>>> fitted = fit(X, y, steps=1, reduction="half_sum")
>>> fitted.weight.round(12).tolist(), fitted.costs.round(12).tolist()
([2.0], [5.0, 1.0])
>>> fit(X, y, np.array([[0], [1]]), lr=0.25).weight.tolist()
[1.75]
"""

from typing import NamedTuple

import numpy as np

from scratch.linear_models import _regression
from scratch.linear_models._regression import guaranteed_lr, require_data, scaling, squared_error
from scratch.optimizers._require import require_at_least


class Fitted(NamedTuple):
    """The weights, the cost of all rows before every step and after the last, and the step size."""

    weight: np.ndarray
    costs: np.ndarray
    lr: np.floating


def value_and_grad(parameters, X, y, reduction="mean"):
    """Return the squared error of the weights [w], and its gradient by w."""
    (weight,) = parameters
    value, slope = squared_error(weight, X, y, reduction)
    return value, [slope]


def fit(X, y, batches=None, *, steps=100, lr=None, reduction="mean"):
    """Return the weights after a step along the gradient of each of the batches, or after `steps` of them."""
    require_data(X, y)
    require_at_least(0, steps=steps)
    lr = _step_size(X, batches, lr, reduction)
    weight = np.zeros(X.shape[1], X.dtype)
    costs = []
    for rows in [slice(None)] * steps if batches is None else batches:
        costs.append(squared_error(weight, X, y, reduction)[0])
        weight = weight - lr * squared_error(weight, X[rows], y[rows], reduction)[1]
    costs.append(squared_error(weight, X, y, reduction)[0])
    return Fitted(weight, np.array(costs), lr)


def predict(fitted, X):
    """Return X w."""
    return _regression.predict(fitted.weight, X)


def _step_size(X, batches, lr, reduction):
    """Return the step size, after a look at what decides it."""
    factor = scaling("reduction", reduction, len(X))
    if batches is not None:
        whole = batches.ndim == 2 and batches.size > 0 and batches.dtype.kind in "iu"
        if not whole or np.min(batches) < 0 or np.max(batches) >= len(X):
            raise ValueError(f"Expected batches to be (steps, k), rows from 0 to {len(X) - 1}; got {batches!r}.")
        if lr is None:
            raise ValueError("Expected lr to be given with batches, whose steps need not descend; got None.")
    if lr is None:
        return guaranteed_lr(X, factor)
    require_at_least(0, lr=lr)
    return X.dtype.type(lr)
