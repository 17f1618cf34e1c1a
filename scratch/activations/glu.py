"""Gated linear unit, torch's `glu`: one half of the input is gated by the other.

Source: Dauphin, Fan, Auli and Grangier, 2016, arXiv:1612.08083.

Formula:

    y = a s(b),    a and b the halves of x along `dim`,    s the sigmoid

Gradient: with g = dL/dy and s' = s (1 - s), dL/da = g s(b) and dL/db = g a s(b) (1 - s(b)). dL/dx is the two, side by
side. 1 - s(b) is computed as s(-b), since the difference has no digits left where s is near 1.

Options:
    dim: the dimension that is halved.

Shapes: `input` has an even number of elements along `dim`, `grad` and the output half as many.

Errors: ValueError for a `dim` that is out of range or no integer, for an odd number of elements, and for a
zero-dimensional input.

torch: computes 1 - s(b): at b = 15 its float32 gradient of b is 17% too large, and from 17 on (37 in float64) it is 0.

Example:

>>> forward(np.array([1.0, 2.0, 0.0, 0.0])).tolist()
[0.5, 1.0]
>>> backward(np.array([1.0, 1.0]), np.array([1.0, 2.0, 0.0, 0.0])).tolist()
[0.5, 0.5, 0.25, 0.5]
"""

import numpy as np
from scipy.special import expit

from scratch._dimension import require_dim


def forward(input, dim=-1):
    """Return one half of `input`, gated by the sigmoid of the other."""
    a, b = _halves(input, dim)
    return a * expit(b)


def backward(grad, input, dim=-1):
    """Return the gradient of `input`."""
    a, b = _halves(input, dim)
    gated = grad * expit(b)
    # expit(-b) is 1 - expit(b) without the cancellation
    return np.concatenate([gated, gated * a * expit(-b)], axis=dim)


def _halves(x, dim):
    axis = require_dim(dim, x.ndim)
    length = x.shape[axis] if x.ndim else 1
    if length % 2:
        raise ValueError(f"Expected input to have an even number of elements along dim {dim}; got {length}.")
    return np.split(x, 2, axis)
