"""Absolute error (Boscovich, 1757; Laplace, 1793), torch's `l1_loss`.

    l = w |x - y|,   reduced: none l, sum sum l, mean sum l / sum w   (w = 1 if not given)

Gradient: dl/dx = w sign(x - y) and dl/dy = -dl/dx, each times s = dL/dl, which is grad itself for none and for sum, and
grad / sum w for mean. At the kink x = y any value in [-w, w] is a subgradient; 0 is taken, as torch does. An input that
was broadcast gets the sum over its copies. The weight's gradient is s |x - y| for none and sum, and by the quotient
rule s (|x - y| - L) for mean.

Shapes: `input` and `target` broadcast to one shape; `weight` has the shape of `input`. ValueError for shapes that do
not fit and for an unknown reduction.

torch warns where `input` and `target` have different shapes; the result is the same. The mean over no elements is NaN.
The gradient of a NaN is 0, as in torch.

>>> float(forward(np.array([1.0, 2.0]), np.array([0.0, 4.0])))
1.5
>>> backward(np.array(1.0), np.array([1.0, 2.0]), np.array([0.0, 4.0])).input.tolist()
[0.5, -0.5]
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
    """Return the absolute error, reduced."""
    size, total = _size(input, target, reduction, weight)
    return reduce(size if weight is None else size * weight, reduction, total)


def backward(grad, input, target, reduction="mean", weight=None):
    """Return the gradients of `input`, `target` and `weight`."""
    size, total = _size(input, target, reduction, weight)
    each = per_sample(grad, size, reduction, total)
    sign = np.sign(np.nan_to_num(input - target))
    slope = each * sign if weight is None else each * sign * weight
    found = Gradients(unbroadcast(slope, input.shape), unbroadcast(-slope, target.shape))
    if weight is None:
        return found
    centre = forward(input, target, reduction, weight) if reduction == "mean" else 0
    return found._replace(weight=unbroadcast(each * (size - centre), weight.shape))


def _size(input, target, reduction, weight):
    """Return the absolute differences and the number that a mean divides by (None: their count)."""
    require_reduction(reduction)
    if weight is not None and weight.shape != input.shape:
        raise ValueError(f"Expected weight to have the shape of input, {input.shape}; got {weight.shape}.")
    return np.abs(input - target), None if weight is None else np.sum(weight)
