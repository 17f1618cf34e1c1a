"""Jacobian of the softmax along the last dimension.

Source: Bridle, 1990, "Probabilistic Interpretation of Feedforward Network Outputs".

Formula: J is symmetric, and its rows add up to 0. J_ii is computed as y_i sum_{k != i} y_k, since 1 - y_i has no digits
left where y_i is near 1.

    J_ij = dy_i/dx_j = y_i (1{i = j} - y_j),    y = softmax(x)

Gradient: with G = dL/dJ held fixed, L changes with y as sum_i G_ii y_i - sum_ij G_ij y_i y_j does. There y_k stands
once as y_i and once as y_j, so h_k = dL/dy_k = G_kk - sum_j (G_kj + G_jk) y_j. The softmax hands h on to x:
dy_i/dx_j = J_ij, so dL/dx_j = sum_i h_i J_ij = y_j (h_j - sum_i h_i y_i).

Shapes: `input` is (..., C), the output (..., C, C).

Errors: ValueError for an input without a dimension of classes.

torch: has no function of its own; the twin differentiates `torch.softmax` by autograd, one output after the other.

Example:

>>> forward(np.zeros(2)).tolist()
[[0.25, -0.25], [-0.25, 0.25]]
>>> backward(np.array([[1.0, 0.0], [0.0, 0.0]]), np.log([1.0, 3.0])).round(4).tolist()
[0.0938, -0.0938]
"""

import numpy as np

from scratch.activations import softmax


def forward(input):
    """Return the derivatives of the softmax of `input`, y_i by rows and x_j by columns."""
    y = _softmax(input)
    own = np.eye(y.shape[-1], dtype=bool)
    others = np.where(own, 0, (0 - y[..., :, np.newaxis]) * y[..., np.newaxis, :])  # -y would make a zero negative
    # the diagonal makes each row add up to 0: 1 - y_i would have no digits left where y_i is near 1
    return np.where(own, 0 - np.sum(others, axis=-1, keepdims=True), others)


def backward(grad, input):
    """Return the gradient of `input`."""
    y = _softmax(input)
    own = np.diagonal(grad, axis1=-2, axis2=-1)
    both = grad + np.swapaxes(grad, -1, -2)
    return softmax.backward(own - np.sum(both * y[..., np.newaxis, :], axis=-1), input, -1)


def _softmax(input):
    if input.ndim == 0:
        raise ValueError("Expected input to have a dimension of classes; got a zero-dimensional array.")
    return softmax.forward(input, -1)
