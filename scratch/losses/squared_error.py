"""Squared error in every scaling that is in use (Legendre, 1805; Gauss, 1809): torch's `mse_loss`, and half of it.

    sum   sum (x - y)^2          half_sum   1/2 sum (x - y)^2
    mean  1/n sum (x - y)^2      half_mean  1/(2n) sum (x - y)^2        none  (x - y)^2        n the number of elements

Gradient: that of `mse_loss`, 2 (x - y) times the same factor. The half is there to cancel that 2: half_sum has the
gradient x - y with respect to x, and -(x - y) with respect to y.

Shapes: `input` and `target` broadcast to one shape. ValueError for shapes that do not fit and for an unknown reduction.

The mean over no elements is NaN.

>>> x, y = np.array([1.0, 2.0]), np.array([0.0, 4.0])
>>> [float(forward(x, y, r)) for r in ("sum", "half_sum", "mean", "half_mean")]
[5.0, 2.5, 2.5, 1.25]
>>> backward(np.array(1.0), x, y, "half_sum").input.tolist()
[1.0, -2.0]
"""

from typing import NamedTuple

import numpy as np

from scratch.losses import mse_loss

REDUCTIONS = {
    "none": ("none", 1),
    "mean": ("mean", 1),
    "sum": ("sum", 1),
    "half_sum": ("sum", 0.5),
    "half_mean": ("mean", 0.5),
}
"""By reduction, that of torch and what it is multiplied by."""


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray


def forward(input, target, reduction="mean"):
    """Return the squared error, reduced."""
    plain, factor = _scaling(reduction)
    return factor * mse_loss.forward(input, target, plain)


def backward(grad, input, target, reduction="mean"):
    """Return the gradients of `input` and `target`."""
    plain, factor = _scaling(reduction)
    found = mse_loss.backward(factor * grad, input, target, plain)
    return Gradients(found.input, found.target)


def _scaling(reduction):
    if reduction not in REDUCTIONS:
        raise ValueError(f"Expected reduction to be one of {', '.join(REDUCTIONS)}; got {reduction!r}.")
    return REDUCTIONS[reduction]
