"""A column of ones behind the features, so that the last weight of w.x is the bias b.

Source: Widrow and Hoff, 1960.

Formula:

    y = (x_1, ..., x_d, 1)

Gradient: y_i = x_i for i up to d, and the one depends on nothing, so with g = dL/dy, dL/dx_i = g_i, and the last g is
dropped.

Shapes: `input` (..., d), output (..., d + 1).

Errors: ValueError for an input without dimensions.

torch: has none; the twin is written with `torch.nn.functional.pad`.

Example:

>>> forward(np.array([[1.0, 2.0], [3.0, 4.0]])).tolist()
[[1.0, 2.0, 1.0], [3.0, 4.0, 1.0]]
>>> backward(np.array([[0.5, -1.0, 2.0]]), np.array([[1.0, 2.0]])).tolist()
[[0.5, -1.0]]
"""

import numpy as np


def forward(input):
    """Return `input` with a column of ones behind its own."""
    if input.ndim == 0:
        raise ValueError("Expected input to have at least one dimension; got none.")
    return np.concatenate([input, np.ones((*input.shape[:-1], 1), input.dtype)], axis=-1)


def backward(grad, input):
    """Return the gradient of `input`."""
    return grad[..., :-1].copy()
