"""P06, lecture E, least squares in two dimensions: the equation of the first coordinate.

Source: lecture E, which prints it with an error.

Formula:

    L(w_1, w_2) = sum (z - w_1 x - w_2 y)^2 / 2
    printed: dL/dw_1 = w_1 sum x^2 + w_2 sum z y - sum x z
    correct: dL/dw_1 = w_1 sum x^2 + w_2 sum x y - sum x z        dL/dw_2 = w_1 sum x y + w_2 sum y^2 - sum y z

(w_1, w_2) is `weight`.

Gradient: both derivatives are -sum of the residual times what stands beside the weight, so the cross term is sum x y in
both: the matrix of second derivatives is symmetric, which what is printed is not. Both are multiplied by `grad`.

Shapes: `weight` is (2,), `x`, `y` and `z` are (N,); the loss is half a sum, without a dimension.

torch: has it as half of `mse_loss` of w_1 x + w_2 y and z, summed, and autograd returns the correct form.

Example:

>>> x, y, z = np.array([1.0, 2.0]), np.array([1.0, -1.0]), np.array([3.0, 3.0])
>>> backward(np.array(1.0), np.array([2.0, 1.0]), x, y, z).tolist()
[0.0, 0.0]
>>> backward_as_printed(np.array(1.0), np.array([2.0, 1.0]), x, y, z).tolist()
[1.0, 0.0]
"""

import numpy as np


def forward(weight, x, y, z):
    """Return half the sum of squares."""
    return np.sum((z - weight[0] * x - weight[1] * y) ** 2) / 2


def backward(grad, weight, x, y, z):
    """Return the gradient of `weight`."""
    return grad * _coordinates(weight, x, y, z, cross=np.sum(x * y))


def backward_as_printed(grad, weight, x, y, z):
    """Return what is printed."""
    return grad * _coordinates(weight, x, y, z, cross=np.sum(z * y))


def _coordinates(weight, x, y, z, cross):
    """Return both derivatives, the first with this cross term."""
    first = weight[0] * np.sum(x * x) + weight[1] * cross - np.sum(x * z)
    second = weight[0] * np.sum(x * y) + weight[1] * np.sum(y * y) - np.sum(y * z)
    return np.stack([first, second])
