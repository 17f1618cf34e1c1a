"""P09, lecture E, the gradient of least squares in the form of matrices, where w and y are columns.

Source: lecture E, which prints it with an error.

Formula:

    L = |X w - y|^2 / 2
    printed: dL/dw = -y'X + X'X w        correct: dL/dw = -X'y + X'X w

w is `weight`.

Gradient: dL/dw = X'(X w - y) by the chain rule, a column like w; it is multiplied by `grad`. y'X is the right numbers
as a row. On paper the sum with a column is an error; arrays broadcast it to (d, d) and say nothing. The solution is
printed likewise, (X'X)^-1 y'X for (X'X)^-1 X'y.

Shapes: `weight` is (d, 1), `X` (N, d) and `y` (N, 1); the loss is half a sum, without a dimension.

torch: has it as half of `mse_loss` of X w and y, summed, and autograd returns the correct form.

Example:

>>> X, y, w = np.eye(2), np.array([[1.0], [2.0]]), np.zeros((2, 1))
>>> backward(np.array(1.0), w, X, y).tolist()
[[-1.0], [-2.0]]
>>> backward_as_printed(np.array(1.0), w, X, y).tolist()
[[-1.0, -2.0], [-1.0, -2.0]]
"""

import numpy as np


def forward(weight, X, y):
    """Return half the sum of squares."""
    return np.sum((X @ weight - y) ** 2) / 2


def backward(grad, weight, X, y):
    """Return the gradient of `weight`."""
    return grad * (-X.T @ y + X.T @ X @ weight)


def backward_as_printed(grad, weight, X, y):
    """Return what is printed."""
    return grad * (-y.T @ X + X.T @ X @ weight)
