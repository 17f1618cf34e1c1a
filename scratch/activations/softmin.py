"""Softmin along one dimension, torch's `softmin`: the softmax of -x.

Source: the definition in PyTorch's documentation.

Formula:

    y_i = exp(-x_i) / sum_k exp(-x_k)

Gradient: with z = -x, y is the softmax of z, and dy_i/dz_j = y_i (1{i = j} - y_j) by the quotient rule. As dz/dx = -1,
with g = dL/dy, dL/dx_j = -sum_i g_i y_i (1{i = j} - y_j) = -y_j (g_j - sum_i g_i y_i).

Options:
    dim: the dimension of the classes, over which the results add up to 1; it must be given.
    dtype: the type to which the input is converted first; None keeps its own.

Shapes: `input`, `grad` and the results all have one shape; a zero-dimensional input is one class.

Errors: ValueError for a `dim` that is missing, out of range or no integer.

torch: guesses a missing `dim` and warns that it will stop; here it is refused.

Example:

>>> import numpy as np
>>> forward(np.array([1.0, 2.0, 3.0]), dim=0).round(4).tolist()
[0.6652, 0.2447, 0.09]
>>> backward(np.array([1.0, 0.0]), np.array([0.0, 0.0]), dim=0).tolist()
[-0.25, 0.25]
"""

from scratch.activations import softmax


def forward(input, dim=None, dtype=None):
    """Return the softmin of `input` along `dim`."""
    return softmax.forward(-input, dim, dtype)


def backward(grad, input, dim=None, dtype=None):
    """Return the gradient of `input`."""
    return -softmax.backward(grad, -input, dim, dtype)
