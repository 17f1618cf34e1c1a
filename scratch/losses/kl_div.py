"""Divergence of Kullback and Leibler, torch's `kl_div`.

Source: Kullback and Leibler, 1951, "On Information and Sufficiency".

Formula:

    l = y log y - y x,   0 at y = 0
    l = exp(y) (y - x)                if log_target
    L = l (none),   sum l (sum),   sum l / N (mean),   sum l / B (batchmean)

x is `input`, a log-probability; y is `target`, a probability, or a log-probability with log_target. N is the number of
the l and B the length of the first axis of x.

Gradient: dl/dx = -p with p the probability, y or exp(y). By the product rule dl/dy = log y + 1 - x, and exp(y)
(y - x + 1) for log_target. Each is multiplied by g, what its l receives: `grad` for none and sum, `grad` / N for mean,
`grad` / B for batchmean. At the edge y = 0 dl/dy falls to minus infinity; NaN is taken. An input that was broadcast
gets the sum over its copies.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by N, batchmean by B.
    log_target: whether y is a log-probability.

Shapes: `input` and `target` broadcast to one shape; neither is checked to be a distribution.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: takes NaN at the edge, too, and for a negative probability. It warns of mean, which is no divergence: batchmean
is. A log-probability of minus infinity as a target is NaN in torch, and here, though its limit is 0.

Example:

>>> float(forward(np.log([0.5, 0.5]), np.array([0.25, 0.75]), reduction="sum").round(4))
0.1308
>>> backward(np.array(1.0), np.log([0.5, 0.5]), np.array([0.25, 0.75]), reduction="sum").target.round(4).tolist()
[0.3069, 1.4055]
"""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from scratch._broadcast import unbroadcast
from scratch._reduction import REDUCTIONS, per_sample, reduce


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray


def forward(input, target, reduction="mean", log_target=False):
    """Return the divergence, reduced."""
    B = _batch(input, reduction)
    return reduce(_losses(input, target, log_target), reduction, B)


def backward(grad, input, target, reduction="mean", log_target=False):
    """Return the gradients of `input` and `target`."""
    B = _batch(input, reduction)
    g = per_sample(grad, _losses(input, target, log_target), reduction, B)
    if log_target:
        p = np.exp(target)
        y_slope = p * (target - input + 1)
    else:
        p = target
        y_slope = np.log(np.where(target > 0, target, np.nan)) + 1 - input  # NaN at the edge, as torch has it
    return Gradients(unbroadcast(-g * p, input.shape), unbroadcast(g * y_slope, target.shape))


def _losses(input, target, log_target):
    return np.exp(target) * (target - input) if log_target else xlogy(target, target) - target * input


def _batch(input, reduction):
    """Return the number that batchmean divides by; None for the other reductions."""
    if reduction not in (*REDUCTIONS, "batchmean"):
        raise ValueError(f"Expected reduction to be one of {', '.join(REDUCTIONS)}, batchmean; got {reduction!r}.")
    if reduction != "batchmean":
        return None
    return len(input) if input.ndim else 1
