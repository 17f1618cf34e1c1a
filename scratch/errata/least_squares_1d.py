"""P04 and P05, lecture E, least squares in one dimension: its expansion, and its derivative.

Source: lecture E, which prints both with an error.

Formula:

    L(w) = sum (y - w x)^2 / 2
    P04 printed: L = (sum x^2) w^2 / 2 + (sum x y) w + (sum y^2) / 2
        correct: L = (sum x^2) w^2 / 2 - (sum x y) w + (sum y^2) / 2
    P05 printed: L'(w) = sum (y - w x) x        correct: L'(w) = -sum (y - w x) x

w is `weight`. The square's middle term is -2 w x y.

Gradient: the inner derivative of y - w x is -x, hence the minus. The printed derivative has the right root, w = sum x
y / sum x^2, and climbs instead of descending. Both are multiplied by `grad`.

Shapes: `weight` is (), `x` and `y` are (N,); the loss is half a sum, without a dimension.

torch: has it as half of `mse_loss` of w x and y, summed, and autograd returns the correct form.

Example:

>>> x, y = np.array([1.0, 2.0]), np.array([2.0, 4.0])
>>> float(forward(np.array(2.0), x, y)), float(forward_as_printed(np.array(2.0), x, y))
(0.0, 40.0)
>>> float(backward(np.array(1.0), np.array(1.0), x, y)), float(backward_as_printed(np.array(1.0), np.array(1.0), x, y))
(-5.0, 5.0)
"""

import numpy as np


def forward(weight, x, y):
    """Return the loss by its expansion."""
    return np.sum(x * x) * weight**2 / 2 - np.sum(x * y) * weight + np.sum(y * y) / 2


def backward(grad, weight, x, y):
    """Return the gradient of `weight`."""
    return -grad * np.sum((y - weight * x) * x)


def forward_as_printed(weight, x, y):
    """Return what P04 prints."""
    return np.sum(x * x) * weight**2 / 2 + np.sum(x * y) * weight + np.sum(y * y) / 2


def backward_as_printed(grad, weight, x, y):
    """Return what P05 prints."""
    return grad * np.sum((y - weight * x) * x)
