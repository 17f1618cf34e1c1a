"""Least squares through the origin in one dimension.

Source: Legendre, 1805; lecture E.

Formula:

    L(w) = 1/2 sum_i (w x_i - y_i)^2 = 1/2 (sum x^2 w^2 - 2 sum x y w + sum y^2)        w* = sum x y / sum x^2

Gradient: dL/dw = sum_i (w x_i - y_i) x_i = w sum x^2 - sum x y. L is a parabola in w that opens upwards, so the root w*
of its derivative is the minimum. The mean and the whole sum of the squares, `reduction` "mean" and "sum" of
`value_and_grad`, have 2/N and 2 times the gradient and the same root; the lecture's half sum is the default.

Shapes: `X` and `y` (N,), `weight` (); there is no bias.

Errors: ValueError for data of other shapes or another dtype, none at all, NaN or infinities, and where sum x^2
overflows or is 0: of zeros (or what is 0 when squared) every w is a solution.

torch: has none; the twin is written with `torch.dot`, and its cost with `mse_loss`.

Example:

>>> x, y = np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 7.0])
>>> fitted = fit(x, y)
>>> fitted.weight.item(), predict(fitted, np.array([4.0])).tolist()
(2.0, [8.0])
>>> [g.tolist() for g in value_and_grad([fitted.weight], x, y)[1]]
[0.0]
"""

from typing import NamedTuple

import numpy as np

from scratch.linear_models._regression import require_data, require_positive, scaling


class Fitted(NamedTuple):
    """The slope."""

    weight: np.ndarray


def value_and_grad(parameters, X, y, reduction="half_sum"):
    """Return the squared error of the line with the slope [w], and its gradient by the slope."""
    (weight,) = parameters
    factor = scaling("reduction", reduction, len(y))
    residual = weight * X - y
    return factor * (residual @ residual), [2 * factor * (residual @ X)]


def fit(X, y):
    """Return the slope that minimises the squared error."""
    require_data(X, y, 1)
    with np.errstate(over="ignore"):
        square = X @ X
    require_positive("the sum of the squares of X", square)
    return Fitted(X @ y / square)


def predict(fitted, X):
    """Return w x."""
    return fitted.weight * X
