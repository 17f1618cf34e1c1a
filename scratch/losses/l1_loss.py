"""Absolute error, torch's `l1_loss`.

Source: Boscovich, 1757; Laplace, 1793.

Formula:

    l = w |d|,   d = x - y
    L = l (none),   sum l (sum),   sum l / W (mean)

x is `input`, y is `target`, w is `weight`, or 1. W is the sum of `weight`, or the number of the l.

Gradient: each l receives g: `grad` for none and sum, `grad` / W for mean. dl/dx = w sign(d) and dl/dy = -w sign(d), so
the gradients are g w sign(d) and -g w sign(d). At the kink d = 0 any value in [-w, w] is a subgradient; 0 is taken. The
weight gets g |d| for none and sum. For mean it stands in W, too, and the quotient rule gives g (|d| - L). An input that
was broadcast gets the sum over its copies.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by W.
    weight: the factor w of each l; None is 1.

Shapes: `input` and `target` broadcast to one shape; `weight` has the shape of `input`.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: takes the same subgradient at the kink, and 0 for the gradient of a NaN. It warns where `input` and `target` have
different shapes; the result is the same. The mean over no elements is NaN.

Example:

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
    d, W = _difference(input, target, reduction, weight)
    return reduce(np.abs(d) if weight is None else np.abs(d) * weight, reduction, W)


def backward(grad, input, target, reduction="mean", weight=None):
    """Return the gradients of `input`, `target` and `weight`."""
    d, W = _difference(input, target, reduction, weight)
    g = per_sample(grad, d, reduction, W)
    sign = np.sign(np.nan_to_num(d))  # 0 for NaN, as torch has it
    input_grad = g * sign if weight is None else g * sign * weight
    weight_grad = None
    if weight is not None:
        L = forward(input, target, reduction, weight) if reduction == "mean" else 0  # the mean divides by weights
        weight_grad = unbroadcast(g * (np.abs(d) - L), weight.shape)
    return Gradients(unbroadcast(input_grad, input.shape), unbroadcast(-input_grad, target.shape), weight_grad)


def _difference(input, target, reduction, weight):
    """Return the differences and the number that a mean divides by (None: their count)."""
    require_reduction(reduction)
    if weight is not None and weight.shape != input.shape:
        raise ValueError(f"Expected weight to have the shape of input, {input.shape}; got {weight.shape}.")
    return input - target, None if weight is None else np.sum(weight)
