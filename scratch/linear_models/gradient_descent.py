"""Least squares by gradient descent, on all samples, on mini-batches or on one sample at a time.

Source: Cauchy, 1847; one sample a step: Robbins and Monro, 1951, doi:10.1214/aoms/1177729586.

Formula:

    w <- w - lr grad F(w),   w = 0 at the start
    F(w) = c |X w - y|^2,    c = 1/N ("mean"), 1 ("sum") or 1/2 ("half_sum")

Gradient: With r = X w - y, dF/dw_k = 2 c sum_i r_i dr_i/dw_k and dr_i/dw_k = X_ik, so grad F = 2 c X'(X w - y). That of
the mean over rows drawn at random is right in expectation; that of a sum over k of them is k/N of it.

The Hessian is H = 2 c X'X, and L is its largest eigenvalue. A step along g = grad F makes F
F - lr |g|^2 + lr^2 g'H g / 2, which is at most F - lr (1 - lr L / 2) |g|^2. So every step descends where lr < 2 / L,
most surely with 1 / L. Above 2 / L the error along the eigenvector of L grows at each step, by the factor |1 - lr L|.

Options:
    batches: the rows of every step, (steps, k), which takes the gradient of their cost, reduced likewise; k = 1 is one
        sample a step. None takes all rows in every step.
    steps: the number of steps on all rows.
    lr: the step size. None is 1 / L; with batches, whose steps need not descend with any, it must be given.
    reduction: which c: "mean", "sum" or "half_sum".

Shapes: `X` (N, d), which carries a column of ones where the model has a bias, `y` (N,), `weight` (d,); `costs`
(steps + 1,) holds the cost of all rows before every step and after the last.

Errors: ValueError for other shapes, dtypes or N = 0, for NaN and infinities, rows that are not there, an unknown
reduction, negative steps or lr, and, where lr is None, for batches and for an X whose squares are 0 or overflow.

torch: has none; the twin is written with `mse_loss` and `torch.optim.SGD`, and takes L from autograd's Hessian.

Example:

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
from scratch.linear_models._batches import require_batches
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
    cost, grad = squared_error(weight, X, y, reduction)
    return cost, [grad]


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
    require_batches(batches, len(X), lr)
    if lr is None:
        return guaranteed_lr(X, factor)
    require_at_least(0, lr=lr)
    return X.dtype.type(lr)
