"""Logarithm of the sum of exponentials along one dimension, a smooth maximum, torch's `logsumexp`.

    y = log sum_k exp(x_k) = m + log(1 + sum_{k != j} exp(x_k - m)),   m = x_j = max x

Taking m out keeps exp from overflowing; the logarithm is log1p, so that y keeps its digits where m is 0. As the sum
under it lies between 0 and C - 1,

    max x <= y <= max x + log C

of which the second is attained for equal x.

Gradient: dy/dx_i = exp(x_i) / sum_k exp(x_k), the softmax, so dL/dx = g softmax(x).

Shapes: `dim` is dropped from the shape of `input`, or is 1 with `keepdim`; a zero-dimensional input is one number.
ValueError for a `dim` that is out of range or no integer: torch takes several, here it is one.

The logarithm of nothing is minus infinity, and so is that of minus infinities only, whose gradient is NaN, as in torch.

>>> float(forward(np.array([1000.0, 1000.0]), 0).round(4))
1000.6931
>>> backward(np.array(1.0), np.array([0.0, 0.0]), 0).tolist()
[0.5, 0.5]
"""

import numpy as np

from scratch._dimension import along, require_dim
from scratch.activations import softmax


def forward(input, dim, keepdim=False):
    """Return the logarithm of the sum of the exponentials of `input` along `dim`."""
    axis = require_dim(dim, input.ndim)
    y = _reduced(along(input), axis)
    return y if keepdim and input.ndim else np.squeeze(y, axis)


def backward(grad, input, dim, keepdim=False):
    """Return the gradient of `input`."""
    axis = require_dim(dim, input.ndim)
    g = grad if keepdim or not input.ndim else np.expand_dims(grad, axis)
    with np.errstate(invalid="ignore"):  # infinities less each other are NaN
        return g * softmax.forward(input, dim)


def _reduced(x, axis):
    """Return the result with a length of 1 along the axis."""
    if x.shape[axis] == 0:
        return np.sum(x, axis, keepdims=True) - np.inf
    top = np.argmax(x, axis, keepdims=True)
    m = np.take_along_axis(x, top, axis)
    with np.errstate(invalid="ignore"):  # infinities less each other, which are equal
        e = np.exp(np.where(x == m, 0, x - m))
    np.put_along_axis(e, top, 0, axis)
    return m + np.log1p(np.sum(e, axis, keepdims=True))
