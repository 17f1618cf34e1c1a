"""L2 penalty on all weights of a network.

Source: Hoerl and Kennard, 1970, doi:10.1080/00401706.1970.10488634, for one layer.

Formula:

    R = alpha sum over all arrays and all elements of w^2

The cost of the network is F + R with F its loss.

Gradient: dR/dw = 2 alpha w, times `grad`. For plain gradient descent, a step along it is a weight decay of 2 alpha:

    w <- w - lr 2 alpha w

An optimizer that scales the gradient by its history scales this term too, while a decoupled decay stays as it is.

Options:
    alpha: how much the squares count.

Shapes: any number of arrays of any shapes, one at least; the output is a number.

Errors: ValueError for no array, and for an `alpha` that is negative or NaN.

torch: has none; the twin adds up squares. The `weight_decay` of `torch.optim.SGD` is this term with 2 alpha.

Example:

>>> W, b = np.array([[1.0, -2.0]]), np.array([2.0])
>>> float(forward(W, b, alpha=0.5))
4.5
>>> [g.tolist() for g in backward(np.array(1.0), W, b, alpha=0.5).weights]
[[[1.0, -2.0]], [2.0]]
"""

from typing import NamedTuple

import numpy as np


class Gradients(NamedTuple):
    """Gradients of the weights in their order."""

    weights: tuple[np.ndarray, ...]


def forward(*weights, alpha=1.0):
    """Return `alpha` times the sum of all squared weights."""
    _require(weights, alpha)
    return alpha * sum(np.sum(w * w) for w in weights)


def backward(grad, *weights, alpha=1.0):
    """Return the gradients of all weights."""
    _require(weights, alpha)
    return Gradients(tuple(2 * alpha * grad * w for w in weights))


def _require(weights, alpha):
    if not weights:
        raise ValueError("Expected weights to be one array at least; got none.")
    if not alpha >= 0:
        raise ValueError(f"Expected alpha to be at least 0; got {alpha!r}.")
