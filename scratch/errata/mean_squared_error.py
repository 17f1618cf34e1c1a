"""P08, lecture B, least squares in the form of matrices, said to be the mean squared error.

Source: lecture B, which prints it with an error.

Formula:

    printed: J = (X w - y)'(X w - y)        correct: J = (X w - y)'(X w - y) / N

w is `weight`.

Gradient: the square has the derivative 2 (X w - y), and X w has X', so dJ/dw = 2 X'(X w - y) / N, times `grad`. Without
the N it is N times as long, and so is every step of descent.

Shapes: `weight` is (d,), `X` (N, d) and `y` (N,); the loss has no dimension.

torch: has it as `mse_loss` of X w and y, the correct form.

Example:

>>> X, y = np.array([[1.0], [2.0]]), np.array([0.0, 0.0])
>>> float(forward(np.array([1.0]), X, y)), float(forward_as_printed(np.array([1.0]), X, y))
(2.5, 5.0)
>>> backward(np.array(1.0), np.array([1.0]), X, y).tolist()
[5.0]
>>> backward_as_printed(np.array(1.0), np.array([1.0]), X, y).tolist()
[10.0]
"""

import numpy as np


def forward(weight, X, y):
    """Return the mean squared error."""
    return forward_as_printed(weight, X, y) / len(y)


def backward(grad, weight, X, y):
    """Return the gradient of `weight`."""
    return backward_as_printed(grad, weight, X, y) / len(y)


def forward_as_printed(weight, X, y):
    """Return what is printed."""
    rest = X @ weight - y
    return np.asarray(rest @ rest)


def backward_as_printed(grad, weight, X, y):
    """Return the gradient of what is printed."""
    return 2 * grad * ((X @ weight - y) @ X)
