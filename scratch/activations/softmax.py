"""Softmax along one dimension, torch's `softmax`.

Source: Bridle, 1990, "Probabilistic Interpretation of Feedforward Network Outputs".

Formula: the largest x is subtracted from all first; numerator and denominator shrink by one factor, and nothing
overflows.

    y_i = exp(x_i) / sum_k exp(x_k)
        = exp(x_i - m) / sum_k exp(x_k - m),    m = max_k x_k

Gradient: by the quotient rule dy_i/dx_j = y_i (1{i = j} - y_j). With g = dL/dy this makes
dL/dx_j = sum_i g_i y_i (1{i = j} - y_j) = y_j (g_j - sum_i g_i y_i).

Options:
    dim: the dimension of the classes, over which the results add up to 1; it must be given.
    dtype: the type to which the input is converted first; None keeps its own.

Shapes: `input`, `grad` and the results all have one shape; a zero-dimensional input is one class.

Errors: ValueError for a `dim` that is missing, out of range or no integer.

torch: guesses a missing `dim` and warns that it will stop; here it is refused.

Example:

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
    # the largest becomes 0: nothing overflows, and the sum is at least 1
    e = np.exp(x - np.max(x, axis=dim, keepdims=True))
    return (e / np.sum(e, axis=dim, keepdims=True)).reshape(input.shape)


def backward(grad, input, dim=None, dtype=None):
    """Return the gradient of `input`."""
    axis = require_dim(dim, input.ndim)
    y, g = along(forward(input, dim, dtype)), along(grad)
    return (y * (g - np.sum(g * y, axis=axis, keepdims=True))).reshape(input.shape).astype(input.dtype)
