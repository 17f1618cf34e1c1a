"""Logarithm of the sum of exponentials along one dimension, a smooth maximum, torch's `logsumexp`.

Source: Blanchard, Higham and Higham, 2021, doi:10.1093/imanum/draa038.

Formula: the largest of the C elements is taken out, which keeps exp from overflowing; the logarithm is log1p, so that y
keeps its digits where m is 0. The sum under it lies between 0 and C - 1, which gives the bounds; the upper one is
attained where all x are equal.

    y = log sum_k exp(x_k) = m + log(1 + sum_{k != j} exp(x_k - m)),    m = x_j = max_k x_k
    m <= y <= m + log C

Gradient: with p the softmax of x, dy/dx_i = exp(x_i) / sum_k exp(x_k) = p_i, so dL/dx_i = g p_i with g = dL/dy. There
is no kink: of equal largest elements each has the same share.

Options:
    keepdim: True leaves `dim` in the shape, with a length of 1.

Shapes: `dim` is dropped from the shape of `input`, unless `keepdim`; a zero-dimensional input is one number.

Errors: ValueError for a `dim` that is out of range or no integer.

torch: takes several dimensions, where here it is one. It takes the logarithm of 1 and something: of [0, -50] its result
is 0, where 1.9e-22 is right. The logarithm of nothing is minus infinity, and so is that of minus infinities only, whose
gradient is NaN, both as in torch.

Example:

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
    # the largest, whose exponential is 1, is left to log1p, which keeps the digits of a small sum beside it
    np.put_along_axis(e, top, 0, axis)
    return m + np.log1p(np.sum(e, axis, keepdims=True))
