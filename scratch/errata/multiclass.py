"""P07, lecture E, the model of many classes whose cross-entropy is that of probabilities which sum to one.

    L = -sum_n sum_c y_nc ln yhat_nc
    printed: yhat = sigmoid(X W)        correct: yhat = softmax(X W)

Of sigmoids this loss asks only that the right class be near 1; nothing holds the others down, so all weights may grow.

Gradient: dL/dW = X'(softmax(X W) - y) where every row of y sums to one.

Shapes: `weight` (d, C), `X` (N, d), `y` (N, C), rows that sum to one; the loss is a sum, without a dimension.

>>> X, y = np.array([[1.0]]), np.array([[1.0, 0.0]])
>>> float(forward(np.zeros((1, 2)), X, y).round(4)), float(forward_as_printed(np.full((1, 2), 9.0), X, y).round(4))
(0.6931, 0.0001)
>>> backward(np.array(1.0), np.zeros((1, 2)), X, y).tolist()
[[-0.5, 0.5]]
"""

import numpy as np

from scratch.activations import log_softmax, logsigmoid, softmax


def forward(weight, X, y):
    """Return the cross-entropy, summed."""
    return -np.sum(y * log_softmax.forward(X @ weight, dim=-1))


def backward(grad, weight, X, y):
    """Return the gradient of `weight`."""
    return grad * (X.T @ (softmax.forward(X @ weight, dim=-1) - y))


def forward_as_printed(weight, X, y):
    """Return what is printed."""
    return -np.sum(y * logsigmoid.forward(X @ weight))
