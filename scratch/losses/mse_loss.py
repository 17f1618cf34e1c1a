"""Squared error, torch's `mse_loss`.

Source: the least squares of Legendre, 1805, and Gauss, 1809.

Formula:

    l = w d^2,   d = x - y
    L = l (none),   sum l (sum),   sum l / W (mean)

x is `input`, y is `target`, w is `weight`, or 1. W is the sum of `weight`, or the number of the l.

Gradient: each l receives g: `grad` for none and sum, `grad` / W for mean. dl/dx = 2 w d and dl/dy = -2 w d, so the
gradients are 2 g w d and -2 g w d. The weight gets g d^2 for none and sum. For mean it stands in W, too, and the
quotient rule gives g (d^2 - L). An input that was broadcast gets the sum over its copies.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by W.
    weight: the factor w of each l; None is 1.

Shapes: `input` and `target` broadcast to one shape; `weight` has the shape of `input`.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: computes the same, and warns where `input` and `target` have different shapes. The mean over no elements is NaN.

Example:

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
    d, W = _difference(input, target, reduction, weight)
    return reduce(d * d if weight is None else d * d * weight, reduction, W)


def backward(grad, input, target, reduction="mean", weight=None):
    """Return the gradients of `input`, `target` and `weight`."""
    d, W = _difference(input, target, reduction, weight)
    g = per_sample(grad, d, reduction, W)
    input_grad = 2 * g * d * (1 if weight is None else weight)
    weight_grad = None
    if weight is not None:
        L = forward(input, target, reduction, weight) if reduction == "mean" else 0  # the mean divides by weights
        weight_grad = unbroadcast(g * (d * d - L), weight.shape)
    return Gradients(unbroadcast(input_grad, input.shape), unbroadcast(-input_grad, target.shape), weight_grad)


def _difference(input, target, reduction, weight):
    """Return the differences and the number that a mean divides by (None: their count)."""
    require_reduction(reduction)
    if weight is not None and weight.shape != input.shape:
        raise ValueError(f"Expected weight to have the shape of input, {input.shape}; got {weight.shape}.")
    return input - target, None if weight is None else np.sum(weight)
