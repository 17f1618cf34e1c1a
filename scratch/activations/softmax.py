"""Softmax along one dimension (Bridle, 1990, "Probabilistic Interpretation of Feedforward Network Outputs").

    y_i = exp(x_i) / sum_k exp(x_k)

The largest x is subtracted from all first; numerator and denominator shrink by one factor, and nothing overflows.

Gradient: dy_i/dx_j = y_i (1{i = j} - y_j), so dL/dx_j = sum_i g_i y_i (1{i = j} - y_j) = y_j (g_j - sum_i g_i y_i).

Shapes: `input`, `grad` and the results all have one shape; a zero-dimensional input is one class. `dtype`, if given,
is the type that the input is converted to first. ValueError if `dim` is missing or out of range.

torch guesses a missing `dim` and warns that it will stop; here it is refused.

>>> forward(np.array([1.0, 2.0, 3.0, 2.0, 1.0]), dim=0).round(4).tolist()
[0.0675, 0.1834, 0.4984, 0.1834, 0.0675]
>>> backward(np.array([1.0, 0.0]), np.array([0.0, 0.0]), dim=0).tolist()
[0.25, -0.25]
"""

import numpy as np

from scratch._dimension import along, require_dim


def forward(input, dim=None, dtype=None):
    """Return the softmax of `input` along `dim`."""
    dim = require_dim(dim, input.ndim)
    x = along(input if dtype is None else input.astype(dtype))
    if x.size == 0:
        return np.zeros(input.shape, x.dtype)
    e = np.exp(x - np.max(x, axis=dim, keepdims=True))
    return (e / np.sum(e, axis=dim, keepdims=True)).reshape(input.shape)


def backward(grad, input, dim=None, dtype=None):
    """Return the gradient of `input`."""
    axis = require_dim(dim, input.ndim)
    y, g = along(forward(input, dim, dtype)), along(grad)
    return (y * (g - np.sum(g * y, axis=axis, keepdims=True))).reshape(input.shape).astype(input.dtype)
