"""Squared error in every scaling that is in use: torch's `mse_loss`, and half of it.

Source: the least squares of Legendre, 1805, and Gauss, 1809.

Formula:

    none       d^2,              d = x - y
    sum        sum d^2
    mean       1/N sum d^2
    half_sum   1/2 sum d^2
    half_mean  1/(2N) sum d^2

x is `input`, y is `target` and N the number of elements.

Gradient: d^2 has the derivative 2 d by x and -2 d by y, and each is multiplied by the factor of its line and by `grad`.
The half is there to cancel the 2: half_sum has the gradient x - y with respect to x, and -(x - y) with respect to y. An
input that was broadcast gets the sum over its copies.

Options:
    reduction: the line of the formula, by its name.

Shapes: `input` and `target` broadcast to one shape.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: has the first three, as `mse_loss`; the twin halves its sum and its mean for the others. The mean over no
elements is NaN.

Example:

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
    scaled = mse_loss.backward(factor * grad, input, target, plain)
    return Gradients(scaled.input, scaled.target)


def _scaling(reduction):
    if reduction not in REDUCTIONS:
        raise ValueError(f"Expected reduction to be one of {', '.join(REDUCTIONS)}; got {reduction!r}.")
    return REDUCTIONS[reduction]
