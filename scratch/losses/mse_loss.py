"""Squared error (Legendre, 1805; Gauss, 1809), torch's `mse_loss`.

    l = w (x - y)^2,   reduced: none l, sum sum l, mean sum l / sum w   (w = 1 if not given)

Gradient: dl/dx = 2 w (x - y) and dl/dy = -dl/dx. With s = dL/dl, which is grad itself for none and for sum, and
grad / sum w for mean: dL/dx = 2 s w (x - y). An input that was broadcast gets the sum over its copies. The weight's
gradient is s (x - y)^2 for none and sum, and by the quotient rule s ((x - y)^2 - L) for mean.

Shapes: `input` and `target` broadcast to one shape; `weight` has the shape of `input`. ValueError for shapes that do
not fit and for an unknown reduction.

torch warns where `input` and `target` have different shapes; the result is the same. The mean over no elements is NaN.

>>> float(forward(np.array([1.0, 2.0]), np.array([0.0, 4.0])))
2.5
>>> backward(np.array(1.0), np.array([1.0, 2.0]), np.array([0.0, 4.0])).input.tolist()
[1.0, -2.0]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input; that of `weight` is None where no weight was given."""

    input: np.ndarray
    target: np.ndarray
    weight: np.ndarray | None = None


def forward(input, target, reduction="mean", weight=None):
    """Return the squared error, reduced."""
    square, total = _square(input, target, reduction, weight)
    return reduce(square if weight is None else square * weight, reduction, total)


def backward(grad, input, target, reduction="mean", weight=None):
    """Return the gradients of `input`, `target` and `weight`."""
    square, total = _square(input, target, reduction, weight)
    each = per_sample(grad, square, reduction, total)
    slope = 2 * each * (input - target) * (1 if weight is None else weight)
    found = Gradients(unbroadcast(slope, input.shape), unbroadcast(-slope, target.shape))
    if weight is None:
        return found
    centre = forward(input, target, reduction, weight) if reduction == "mean" else 0
    return found._replace(weight=unbroadcast(each * (square - centre), weight.shape))


def _square(input, target, reduction, weight):
    """Return the squared differences and the number that a mean divides by (None: their count)."""
    require_reduction(reduction)
    if weight is not None and weight.shape != input.shape:
        raise ValueError(f"Expected weight to have the shape of input, {input.shape}; got {weight.shape}.")
    difference = input - target
    return difference * difference, None if weight is None else np.sum(weight)
