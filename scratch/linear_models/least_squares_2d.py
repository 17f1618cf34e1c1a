"""Least squares with two weights, by its two coordinate equations.

Source: Gauss, 1809, "Theoria motus"; lecture E.

Formula:

    L(w_1, w_2) = 1/2 sum_i (w_1 x_i + w_2 z_i - y_i)^2
    w_1 = (sum x y sum z^2 - sum z y sum x z) / D
    w_2 = (sum z y sum x^2 - sum x y sum x z) / D,        D = sum x^2 sum z^2 - (sum x z)^2

With z = 1 this is the line with a bias.

Gradient: With the residual r_i = w_1 x_i + w_2 z_i - y_i, dL/dw_1 = sum r x and dL/dw_2 = sum r z, that is

    dL/dw_1 = sum x^2 w_1 + sum x z w_2 - sum x y
    dL/dw_2 = sum x z w_1 + sum z^2 w_2 - sum z y

times 2 for the `reduction` "sum" of `value_and_grad` and 2/N for "mean". Both are 0 at the minimum, which Cramer's rule
gives as above. D is not negative (Cauchy and Schwarz), and 0 where the columns x and z are dependent.

Shapes: `X` (N, 2), of columns x and z, `y` (N,), `weight` (2,); `condition` is the condition number of `X`.

Errors: ValueError for other shapes, dtypes or N = 0, for NaN and infinities, and, with the condition number, for
dependent columns (a singular value of at most max(N, 2) eps times the other) and for a D that overflows or that
rounding has left at 0 or below.

torch: has none; the twin is written with `torch.linalg.solve`, and its cost with `mse_loss`.

Example:

>>> X, y = np.array([[0.0, 1.0], [1.0, 1.0], [2.0, 1.0]]), np.array([1.0, 2.0, 6.0])
>>> fit(X, y).weight.tolist()
[2.5, 0.5]
>>> value_and_grad([np.array([2.5, 0.5])], X, y)[1][0].tolist()
[0.0, 0.0]
"""

from typing import NamedTuple

import numpy as np

from scratch.linear_models import _regression
from scratch.linear_models._regression import require_data, require_independent, squared_error


class Fitted(NamedTuple):
    """The two weights, and the condition number of the two columns."""

    weight: np.ndarray
    condition: np.floating


def value_and_grad(parameters, X, y, reduction="half_sum"):
    """Return the squared error of the weights [w], and its gradient by w."""
    (weight,) = parameters
    cost, grad = squared_error(weight, X, y, reduction)
    return cost, [grad]


def fit(X, y):
    """Return the two weights that minimise the squared error."""
    require_data(X, y)
    if X.shape[1] != 2:
        raise ValueError(f"Expected X to have two columns; got {X.shape[1]}.")
    condition = require_independent(X)
    x, z = X.T
    with np.errstate(over="ignore", invalid="ignore"):
        xx, xz, zz, xy, zy = x @ x, x @ z, z @ z, x @ y, z @ y
        determinant = xx * zz - xz * xz
    if not 0 < determinant < np.inf:
        raise ValueError(
            f"Expected columns whose determinant {X.dtype} can hold; got {determinant:.3g}, condition number "
            f"{condition:.3g}."
        )
    return Fitted(np.array([xy * zz - zy * xz, zy * xx - xy * xz]) / determinant, condition)


def predict(fitted, X):
    """Return X w."""
    return _regression.predict(fitted.weight, X)
