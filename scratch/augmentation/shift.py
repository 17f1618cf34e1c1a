"""Shift of an image by whole pixels, with zeros where nothing comes from.

Source: Simard, Steinkraus and Platt, 2003.

Formula: with (s, t) the `shifts`, down and right,

    y_rc = x_(r - s)(c - t),    0 where that is outside of the image

Gradient: x_rc acts on y_(r + s)(c + t) alone, or on nothing if that is outside. So dL/dx_rc = g_(r + s)(c + t) with
g = dL/dy: the transpose takes every pixel back, and the gradient is the shift of g by (-s, -t).

Shapes: `input`, `grad` and the results all have one shape (..., H, W); `shifts` are two whole numbers.

Errors: ValueError for an input of less than two dimensions and for a shift by more than the size of the image.

torch: has none; the twin is `torch.nn.functional.pad`, which takes off on one side what it adds on the other.

Example:

>>> forward(np.array([[1.0, 2.0], [3.0, 4.0]]), shifts=(1, 0)).tolist()
[[0.0, 0.0], [1.0, 2.0]]
>>> backward(np.array([[1.0, 2.0], [3.0, 4.0]]), np.ones((2, 2)), shifts=(1, 0)).tolist()
[[3.0, 4.0], [0.0, 0.0]]
"""

import numpy as np


def forward(input, shifts):
    """Return `input` moved down and right by `shifts`, up and left by negative ones."""
    if input.ndim < 2 or any(abs(s) > n for s, n in zip(shifts, input.shape[-2:], strict=True)):
        raise ValueError(f"Expected shifts of (..., H, W) to be at most (H, W); got {shifts} for shape {input.shape}.")
    sources = (np.arange(n) - s for s, n in zip(shifts, input.shape[-2:], strict=True))
    rows, columns = ((i >= 0) & (i < len(i)) for i in sources)
    return np.where(rows[:, np.newaxis] & columns, np.roll(input, shifts, axis=(-2, -1)), 0)


def backward(grad, input, shifts):
    """Return the gradient of `input`."""
    return forward(grad, tuple(-s for s in shifts))
