"""Logarithm of the softmax along one dimension, torch's `log_softmax`.

Source: Bridle, 1990, "Probabilistic Interpretation of Feedforward Network Outputs"; its rounding: Blanchard, Higham and
Higham, 2021, doi:10.1093/imanum/draa038.

Formula: the largest x is taken out, which keeps exp from overflowing and leaves a sum of at least 1 for the logarithm.

    y_i = x_i - log sum_k exp(x_k)
        = (x_i - m) - log sum_k exp(x_k - m),    m = max_k x_k

Gradient: with p = exp(y), the softmax, dy_i/dx_j = 1{i = j} - exp(x_j) / sum_k exp(x_k) = 1{i = j} - p_j. With
g = dL/dy this makes dL/dx_j = sum_i g_i (1{i = j} - p_j) = g_j - p_j sum_i g_i.

Options:
    dim: the dimension of the classes; it must be given.
    dtype: the type to which the input is converted first; None keeps its own.

Shapes: `input`, `grad` and the results all have one shape; a zero-dimensional input is one class.

Errors: ValueError for a `dim` that is missing, out of range or no integer.

torch: guesses a missing `dim` and warns that it will stop; here it is refused. Both take the logarithm of 1 and
something: of [0, -50] the first result is 0, where -1.9e-22 is right.

Example:

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
    # the largest becomes 0: nothing overflows, and the logarithm is of at least 1
    shifted = x - np.max(x, axis=dim, keepdims=True)
    return (shifted - np.log(np.sum(np.exp(shifted), axis=dim, keepdims=True))).reshape(input.shape)


def backward(grad, input, dim=None, dtype=None):
    """Return the gradient of `input`."""
    axis = require_dim(dim, input.ndim)
    p, g = np.exp(along(forward(input, dim, dtype))), along(grad)
    return (g - p * np.sum(g, axis=axis, keepdims=True)).reshape(input.shape).astype(input.dtype)
