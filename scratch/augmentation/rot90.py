"""Rotation of an image by quarter turns, torch's `rot90` over the last two dimensions.

Source: Dieleman, Willett and Dambre, 2015, doi:10.1093/mnras/stv632.

Formula: for k = 1 rows and columns change places, then the rows are reversed; k turns are k times that.

    y_rc = x_c(W - 1 - r)    for k = 1

Gradient: every pixel moves and none is lost, so the transpose is the inverse, which turns g = dL/dy back k times.

Options:
    k: the number of quarter turns, counterclockwise; a negative one turns clockwise.

Shapes: `input` (..., H, W); the output is (..., W, H) for an odd `k`.

Errors: ValueError for an input of less than two dimensions.

torch: computes the same.

Example:

>>> forward(np.array([[1.0, 2.0, 3.0]]), k=1).tolist()
[[3.0], [2.0], [1.0]]
>>> backward(np.array([[3.0], [2.0], [1.0]]), np.ones((1, 3)), k=1).tolist()
[[1.0, 2.0, 3.0]]
"""

import numpy as np


def forward(input, k=1):
    """Return `input` after `k` quarter turns counterclockwise."""
    if input.ndim < 2:
        raise ValueError(f"Expected input to have shape (..., H, W); got {input.shape}.")
    return np.rot90(input, k, axes=(-2, -1)).copy()


def backward(grad, input, k=1):
    """Return the gradient of `input`."""
    return forward(grad, -k)
