"""Logarithm of the softmax along one dimension.

    y_i = x_i - log sum_k exp(x_k) = (x_i - m) - log sum_k exp(x_k - m),   m = max x

Taking m out keeps exp from overflowing and leaves a sum of at least 1 for the logarithm.

Gradient: dy_i/dx_j = 1{i = j} - p_j with p = exp(y) the softmax, so dL/dx_j = g_j - p_j sum_i g_i.

Shapes: `input`, `grad` and the results all have one shape; a zero-dimensional input is one class. `dtype`, if given,
is the type that the input is converted to first. ValueError if `dim` is missing or out of range.

torch guesses a missing `dim` and warns that it will stop; here it is refused.

>>> forward(np.array([0.0, 0.0]), dim=0).round(4).tolist()
[-0.6931, -0.6931]
>>> backward(np.array([1.0, 0.0]), np.array([0.0, 0.0]), dim=0).tolist()
[0.5, -0.5]
"""

import numpy as np

from scratch._dimension import along, require_dim


def forward(input, dim=None, dtype=None):
    """Return the logarithm of the softmax of `input` along `dim`."""
    dim = require_dim(dim, input.ndim)
    x = along(input if dtype is None else input.astype(dtype))
    if x.size == 0:
        return np.zeros(input.shape, x.dtype)
    shifted = x - np.max(x, axis=dim, keepdims=True)
    return (shifted - np.log(np.sum(np.exp(shifted), axis=dim, keepdims=True))).reshape(input.shape)


def backward(grad, input, dim=None, dtype=None):
    """Return the gradient of `input`."""
    axis = require_dim(dim, input.ndim)
    p, g = np.exp(along(forward(input, dim, dtype))), along(grad)
    return (g - p * np.sum(g, axis=axis, keepdims=True)).reshape(input.shape).astype(input.dtype)
