"""Negative log-likelihood of a count under a Poisson distribution, torch's `poisson_nll_loss`.

Source: Poisson, 1837, for the distribution.

Formula:

    l = rate - y log_rate
        rate = exp(x),  log_rate = x              if log_input
        rate = x,       log_rate = log(x + eps)   else
    full:  l + S(y) where y > 1,   S(y) = (y + 1/2) log y - y + log(2 pi) / 2

x is `input` and y is `target`. S(y) = y log y - y + log(2 pi y) / 2 is Stirling's approximation of log y!, which the
likelihood has and the fit does not need.

Gradient: dl/dx is exp(x) - y with log_input, else 1 - y / (x + eps); dl/dy is -log_rate, and where full and y > 1
S'(y) = log y + 1 / (2 y) more. Each is multiplied by g, what its l receives: `grad` for none and sum, `grad` / N for
mean. At y = 1 the loss jumps by S(1) = -0.081; the gradient of y < 1 is taken there. An input that was broadcast gets
the sum over its copies.

Options:
    log_input: whether x is the logarithm of the rate, or the rate itself.
    full: whether to add S(y).
    eps: keeps the logarithm of a rate of 0 finite; without a part in log_input.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input` and `target` broadcast to one shape. A `target` of integers counts in the type of `input`.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: takes the same gradient at y = 1, and NaN for a rate below -eps. It multiplies the masked part of S by 0, so for
full the gradient of a target of 0 is NaN; here it is right. It computes S of an integer target in float32 whatever the
type of `input`: of S(7), 1.1e-7 is wrong.

Example:

>>> float(forward(np.array([0.0, 1.0]), np.array([1.0, 2.0])).round(4))
0.8591
>>> backward(np.array(1.0), np.array([0.0, 1.0]), np.array([1.0, 2.0])).input.round(4).tolist()
[0.0, 0.3591]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray


def forward(input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """Return the negative log-likelihood, reduced."""
    require_reduction(reduction)
    y = target.astype(input.dtype)
    rate, log_rate = _rate(input, log_input, eps)
    loss = rate - y * log_rate
    if full:
        above = np.where(y <= 1, 1, y)  # so that no logarithm of 0 is taken where S has no part
        loss = loss + np.where(y <= 1, 0, (above + 0.5) * np.log(above) - above + math.log(2 * math.pi) / 2)
    return reduce(loss, reduction)


def backward(grad, input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """Return the gradients of `input` and `target`."""
    require_reduction(reduction)
    y = target.astype(input.dtype)
    rate, log_rate = _rate(input, log_input, eps)
    g = per_sample(grad, rate - y * log_rate, reduction)
    with np.errstate(divide="ignore", invalid="ignore"):
        input_grad = g * (rate - y if log_input else 1 - y / (input + eps))
    y_slope = -log_rate
    if full:
        above = np.where(y <= 1, 1, y)
        y_slope = y_slope + np.where(y <= 1, 0, np.log(above) + 0.5 / above)
    return Gradients(unbroadcast(input_grad, input.shape), unbroadcast(g * y_slope, target.shape))


def _rate(input, log_input, eps):
    """Return the rate and its logarithm."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return (np.exp(input), input) if log_input else (input, np.log(input + eps))
