"""Negative log-likelihood of a count under a Poisson distribution (Poisson, 1837), torch's `poisson_nll_loss`.

    log_input:  l = exp(x) - y x             x the logarithm of the rate
    else:       l = x - y log(x + eps)       x the rate
    full:       l + S(y)                     where y > 1,    S(y) = y log y - y + log(2 pi y) / 2

S is Stirling's approximation of log y!, which the likelihood has and the fit does not need.

Gradient: dl/dx is exp(x) - y or 1 - y / (x + eps); dl/dy is -x or -log(x + eps), and S'(y) = log y + 1 / (2 y) more
where full and y > 1. At y = 1 the loss jumps by S(1) = -0.081; its gradient there is that of y < 1, as in torch.

Shapes: `input` and `target` broadcast to one shape; an input that was broadcast gets the sum over its copies. A
`target` of integers counts in the type of `input`. ValueError for shapes that do not fit and for an unknown reduction.
A rate below -eps is NaN, as in torch.

torch multiplies the masked part of S by 0, so for full the gradient of a target of 0 is NaN; here it is right. torch
computes S of an integer target in float32 whatever the type of `input`: of S(7), 1.1e-7 is wrong.

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
        s = np.where(y <= 1, 1, y)
        loss = loss + np.where(y <= 1, 0, (s + 0.5) * np.log(s) - s + math.log(2 * math.pi) / 2)
    return reduce(loss, reduction)


def backward(grad, input, target, log_input=True, full=False, eps=1e-8, reduction="mean"):
    """Return the gradients of `input` and `target`."""
    require_reduction(reduction)
    y = target.astype(input.dtype)
    rate, log_rate = _rate(input, log_input, eps)
    each = per_sample(grad, rate - y * log_rate, reduction)
    with np.errstate(divide="ignore", invalid="ignore"):
        of_input = each * (rate - y if log_input else 1 - y / (input + eps))
    of_target = -log_rate
    if full:
        s = np.where(y <= 1, 1, y)
        of_target = of_target + np.where(y <= 1, 0, np.log(s) + 0.5 / s)
    return Gradients(unbroadcast(of_input, input.shape), unbroadcast(each * of_target, target.shape))


def _rate(input, log_input, eps):
    """Return the rate and its logarithm."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return (np.exp(input), input) if log_input else (input, np.log(input + eps))
