"""Flip of an image along some of its dimensions, torch's `flip`.

Source: LeCun, Bottou, Bengio and Haffner, 1998, doi:10.1109/5.726791.

Formula: along the last dimension, and likewise along the others that `dims` names,

    y_rc = x_r(W - 1 - c)

Gradient: x_rc acts on y_r(W - 1 - c) alone, so dL/dx_rc = g_r(W - 1 - c) with g = dL/dy. A flip is its own transpose:
the gradient is the flip of g.

Shapes: `input`, `grad` and the results all have one shape, any; `dims` are integers. A mirrored letter may be no
letter: which flips keep the label depends on the data.

Errors: ValueError for a dimension that is not there or is named twice.

torch: computes the same.

Example:

>>> forward(np.array([[1.0, 2.0], [3.0, 4.0]]), dims=(-1,)).tolist()
[[2.0, 1.0], [4.0, 3.0]]
>>> backward(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2)), dims=(0,)).tolist()
[[3.0, 4.0], [1.0, 2.0]]
"""

import numpy as np


def forward(input, dims):
    """Return `input` with the order of these dimensions reversed."""
    return np.flip(input, dims).copy()


def backward(grad, input, dims):
    """Return the gradient of `input`."""
    return np.flip(grad, dims).copy()
