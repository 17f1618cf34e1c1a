"""Divergence of Kullback and Leibler (1951, "On Information and Sufficiency"), torch's `kl_div`.

    l = y (log y - x) = y log y - y x,   0 at y = 0       x the log-probability, y the probability of the target
    log_target:  l = exp(y) (y - x)                       y a log-probability too

reduced: none l, sum sum l, mean sum l / the number of elements, batchmean sum l / the length of the first axis of x.

Gradient: dl/dx = -y and dl/dy = log y + 1 - x; for log_target dl/dx = -exp(y) and dl/dy = exp(y) (y - x + 1). At the
edge y = 0 dl/dy falls to minus infinity; NaN is taken, as torch does. An input that was broadcast gets the sum over
its copies.

Shapes: `input` and `target` broadcast to one shape; neither is checked to be a distribution. ValueError for shapes
that do not fit and for an unknown reduction. A negative probability is NaN, as in torch.

torch warns of mean, which is no divergence: batchmean is. A log-probability of minus infinity as a target is NaN in
torch, and here, though its limit is 0.

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
    total = _total(input, reduction)
    return reduce(_losses(input, target, log_target), reduction, total)


def backward(grad, input, target, reduction="mean", log_target=False):
    """Return the gradients of `input` and `target`."""
    total = _total(input, reduction)
    each = per_sample(grad, _losses(input, target, log_target), reduction, total)
    if log_target:
        y = np.exp(target)
        of_target = y * (target - input + 1)
    else:
        y = target
        of_target = np.log(np.where(target > 0, target, np.nan)) + 1 - input
    return Gradients(unbroadcast(-each * y, input.shape), unbroadcast(each * of_target, target.shape))


def _losses(input, target, log_target):
    return np.exp(target) * (target - input) if log_target else xlogy(target, target) - target * input


def _total(input, reduction):
    """Return the number that batchmean divides by; None for the other reductions."""
    if reduction not in (*REDUCTIONS, "batchmean"):
        raise ValueError(f"Expected reduction to be one of {', '.join(REDUCTIONS)}, batchmean; got {reduction!r}.")
    if reduction != "batchmean":
        return None
    return len(input) if input.ndim else 1
