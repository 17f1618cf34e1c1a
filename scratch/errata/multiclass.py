"""P07, lecture E, the model of many classes whose cross-entropy is that of probabilities which sum to one.

Source: lecture E, which prints it with an error.

Formula:

    L = -sum_n sum_c y_nc ln yhat_nc
    printed: yhat = sigmoid(X W)        correct: yhat = softmax(X W)

W is `weight`. Of sigmoids this loss asks only that the right class be near 1; nothing holds the others down, so all
weights may grow.

Gradient: with z = X W, dln yhat_c/dz_k = 1{c = k} - yhat_k, so dL/dz_k = yhat_k sum_c y_c - y_k, which is yhat_k - y_k
where every row of y sums to one. As z is X W, dL/dW = X'(softmax(X W) - y), times `grad`.

Shapes: `weight` is (d, C), `X` (N, d) and `y` (N, C), of rows that sum to one; the loss is a sum, without a dimension.

torch: has it as `cross_entropy` of X W with probabilities, summed, the correct form.

Example:

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
