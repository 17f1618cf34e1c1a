"""P02, lecture E, the derivative of the binary cross-entropy of yhat = sigmoid(X w) by the weight w.

Source: lecture E, which prints it with an error.

Formula:

    L = -sum y ln yhat + (1 - y) ln(1 - yhat)
    printed: dL/dw = -sum (y / yhat + (1 - y) / (1 - yhat)) dyhat/dw
    correct: dL/dw = -sum (y / yhat - (1 - y) / (1 - yhat)) dyhat/dw

w is `weight`.

Gradient: ln(1 - yhat) has the derivative -1 / (1 - yhat), hence the minus. With dyhat/dw = yhat (1 - yhat) x the
correct form becomes X'(yhat - y), and what is printed -X'(y (1 - yhat) + (1 - y) yhat): it never gains weight for a
negative sample. Both are multiplied by `grad`.

Shapes: `weight` is (d,), `X` (N, d) and `y` (N,); the loss is a sum, without a dimension.

torch: has the loss as `binary_cross_entropy_with_logits` of X w, and autograd returns the correct form.

Example:

>>> import numpy as np
>>> X, y = np.array([[1.0], [1.0]]), np.array([1.0, 0.0])
>>> backward(np.array(1.0), np.array([0.0]), X, y).tolist()
[0.0]
>>> backward_as_printed(np.array(1.0), np.array([0.0]), X, y).tolist()
[-1.0]
"""

from scratch.activations import sigmoid
from scratch.losses import binary_cross_entropy_with_logits


def forward(weight, X, y):
    """Return the binary cross-entropy, summed."""
    return binary_cross_entropy_with_logits.forward(X @ weight, y, reduction="sum")


def backward(grad, weight, X, y):
    """Return the gradient of `weight`."""
    return grad * ((sigmoid.forward(X @ weight) - y) @ X)


def backward_as_printed(grad, weight, X, y):
    """Return what is printed."""
    yhat = sigmoid.forward(X @ weight)
    return -grad * ((y * (1 - yhat) + (1 - y) * yhat) @ X)
