"""Smooth absolute error, torch's `smooth_l1_loss`.

Source: Girshick, 2015, "Fast R-CNN", arXiv:1504.08083.

Formula:

    l = d^2 / (2 beta)   where |d| < beta,      d = x - y
        |d| - beta / 2   elsewhere

x is `input` and y is `target`. With m = min(|d|, beta) both are l = (m / beta) (|d| - m / 2), which squares nothing
that could overflow. For beta = 0 it is the absolute error, `l1_loss`.

Gradient: dl/dx is d / beta where |d| < beta and sign(d) elsewhere, which is d / beta with d clipped to [-beta, beta];
dl/dy = -dl/dx. Each is multiplied by g, what its l receives: `grad` for none and sum, `grad` / N for mean. The two
parts meet at |d| = beta with one slope, so there is no kink but for beta = 0: at d = 0 any value in [-1, 1] is a
subgradient there, and 0 is taken. An input that was broadcast gets the sum over its copies.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.
    beta: where the parabola ends and the line begins; 0 leaves the line alone.

Shapes: `input` and `target` broadcast to one shape.

Errors: ValueError for shapes that do not fit, for an unknown reduction and for a negative `beta`.

torch: takes the same subgradient. It warns where `input` and `target` have different shapes; the result is the same. It
squares d first: for d = 1e30 and beta = 1e35 its float32 loss is infinite, where 5e24 is right.

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
from scratch.losses import l1_loss


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray


def forward(input, target, reduction="mean", beta=1.0):
    """Return the smooth absolute error, reduced."""
    if _require(reduction, beta) == 0:
        return l1_loss.forward(input, target, reduction)
    size = np.abs(input - target)
    m = np.minimum(size, beta)
    return reduce(m / beta * (size - m / 2), reduction)


def backward(grad, input, target, reduction="mean", beta=1.0):
    """Return the gradients of `input` and `target`."""
    if _require(reduction, beta) == 0:
        absolute = l1_loss.backward(grad, input, target, reduction)
        return Gradients(absolute.input, absolute.target)
    d = input - target
    g = per_sample(grad, d, reduction)
    input_grad = g * (np.clip(d, -beta, beta) / beta)
    return Gradients(unbroadcast(input_grad, input.shape), unbroadcast(-input_grad, target.shape))


def _require(reduction, beta):
    require_reduction(reduction)
    if not beta >= 0:
        raise ValueError(f"Expected beta to be 0 or positive; got {beta!r}.")
    return beta
