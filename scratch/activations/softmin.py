"""Softmin along one dimension, torch's `softmin`.

    y_i = exp(-x_i) / sum_k exp(-x_k)

That is the softmax of -x, and computed so.

Gradient: minus that of the softmax at -x, dL/dx_j = -y_j (g_j - sum_i g_i y_i).

Shapes: `input`, `grad` and the results all have one shape; a zero-dimensional input is one class. `dtype`, if given,
is the type that the input is converted to first. ValueError if `dim` is missing or out of range.

torch guesses a missing `dim` and warns that it will stop; here it is refused.

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
