"""Huber's loss, torch's `huber_loss`.

Source: Huber, 1964, "Robust Estimation of a Location Parameter".

Formula:

    l = w d^2 / 2                       where |d| <= delta,      d = x - y
        w delta (|d| - delta / 2)       elsewhere

x is `input`, y is `target`, w is `weight`, or 1. With m = min(|d|, delta) both are l = w m (|d| - m / 2), which squares
nothing that could overflow.

Gradient: dl/dx is w d where |d| <= delta and w delta sign(d) elsewhere, which is w d with d clipped to [-delta, delta];
dl/dy = -dl/dx and dl/dw = m (|d| - m / 2). Each is multiplied by g, what its l receives: `grad` for none and sum,
`grad` / N for mean. The two parts meet at |d| = delta with one slope, so there is no kink. An input that was broadcast
gets the sum over its copies.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.
    delta: where the parabola ends and the line begins.
    weight: the factor w of each l; None is 1.

Shapes: `input` and `target` broadcast to one shape; `weight` has the shape of `input`.

Errors: ValueError for shapes that do not fit, for an unknown reduction and for a `delta` that is not positive.

torch: computes the same, and warns where `input` and `target` have different shapes. The weighted mean divides by the
number of elements, where that of `l1_loss` and `mse_loss` divides by the sum of the weights.

Example:

>>> float(forward(np.array([1.0, 2.0]), np.array([0.5, 4.0])))
0.8125
>>> backward(np.array(1.0), np.array([1.0, 2.0]), np.array([0.5, 4.0])).input.tolist()
[0.25, -0.5]
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


def forward(input, target, reduction="mean", delta=1.0, weight=None):
    """Return Huber's loss, reduced."""
    loss = _loss(input, target, reduction, delta, weight)
    return reduce(loss if weight is None else loss * weight, reduction)


def backward(grad, input, target, reduction="mean", delta=1.0, weight=None):
    """Return the gradients of `input`, `target` and `weight`."""
    loss = _loss(input, target, reduction, delta, weight)
    g = per_sample(grad, loss, reduction)
    input_grad = g * np.clip(input - target, -delta, delta) * (1 if weight is None else weight)
    weight_grad = None if weight is None else unbroadcast(g * loss, weight.shape)
    return Gradients(unbroadcast(input_grad, input.shape), unbroadcast(-input_grad, target.shape), weight_grad)


def _loss(input, target, reduction, delta, weight):
    """Return the losses without their weights."""
    require_reduction(reduction)
    if not delta > 0:
        raise ValueError(f"Expected delta to be positive; got {delta!r}.")
    if weight is not None and weight.shape != input.shape:
        raise ValueError(f"Expected weight to have the shape of input, {input.shape}; got {weight.shape}.")
    size = np.abs(input - target)
    m = np.minimum(size, delta)
    return m * (size - m / 2)
