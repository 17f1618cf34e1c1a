"""Products of two features, each pair once: a linear model of them draws quadrics.

Source: Cover, 1965, doi:10.1109/PGEC.1965.264137.

Formula:

    y = (x_1 x_1, x_1 x_2, ..., x_1 x_d, x_2 x_2, ..., x_d x_d)

Gradient: with g_ij the gradient of x_i x_j and G the upper triangular matrix of them, L changes with x as
x' G x = sum_ij g_ij x_i x_j does. Each x_k stands there as x_i and as x_j, so dL/dx = (G + G') x.

Shapes: `input` (..., d), output (..., d (d + 1) / 2).

Errors: ValueError for an input without dimensions.

torch: has none; the twin multiplies the pairs that `torch.combinations` names.

Example:

>>> forward(np.array([[1.0, 2.0, 3.0]])).tolist()
[[1.0, 2.0, 3.0, 4.0, 6.0, 9.0]]
>>> backward(np.array([[1.0, 1.0, 0.0]]), np.array([[2.0, 3.0]])).tolist()
[[7.0, 2.0]]
"""

import numpy as np


def forward(input):
    """Return the products x_i x_j of the features, i <= j, row by row."""
    i, j = _pairs(input)
    return input[..., i] * input[..., j]


def backward(grad, input):
    """Return the gradient of `input`."""
    i, j = _pairs(input)
    G = np.zeros((*input.shape, input.shape[-1]), input.dtype)
    G[..., i, j] = grad
    return ((G + np.swapaxes(G, -2, -1)) @ input[..., None])[..., 0]


def _pairs(input):
    if input.ndim == 0:
        raise ValueError("Expected input to have at least one dimension; got none.")
    return np.triu_indices(input.shape[-1])
