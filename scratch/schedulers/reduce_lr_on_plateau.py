"""A smaller rate when a metric stops improving, torch's `ReduceLROnPlateau`.

A metric is better than the best so far if it is below best (1 - threshold) (rel) or best - threshold (abs); for `max`
above best (1 + threshold) or best + threshold. Steps that are not better count as bad, but for the `cooldown` steps
after a reduction. More than `patience` bad steps reduce the rate to max(factor lr, min_lr), unless that changes it by
no more than eps.

ValueError for a factor of 1 or more, an unknown mode and an unknown threshold_mode. A metric of NaN is not better.

>>> state = init(base_lr=1.0, patience=0)
>>> state = step(state, 3.0, base_lr=1.0, patience=0)[1]
>>> step(state, 3.0, base_lr=1.0, patience=0)[0]
0.1
"""

import math
from typing import NamedTuple


class State(NamedTuple):
    """The rate, the best metric so far, the number of bad steps, and the steps of the cooldown that are left."""

    lr: float
    best: float
    num_bad_epochs: int = 0
    cooldown_counter: int = 0


def init(
    *,
    base_lr,
    mode="min",
    factor=0.1,
    patience=10,
    threshold=1e-4,
    threshold_mode="rel",
    cooldown=0,
    min_lr=0,
    eps=1e-8,
):
    """Return the state before the first step."""
    if factor >= 1:
        raise ValueError(f"Expected factor to be below 1; got {factor!r}.")
    if mode not in ("min", "max"):
        raise ValueError(f"Expected mode to be min or max; got {mode!r}.")
    if threshold_mode not in ("rel", "abs"):
        raise ValueError(f"Expected threshold_mode to be rel or abs; got {threshold_mode!r}.")
    return State(base_lr, math.inf if mode == "min" else -math.inf)


def step(
    state,
    metric,
    *,
    base_lr,
    mode="min",
    factor=0.1,
    patience=10,
    threshold=1e-4,
    threshold_mode="rel",
    cooldown=0,
    min_lr=0,
    eps=1e-8,
):
    """Return the learning rate after a step with this metric, and the state."""
    lr, best, bad, cooling = state
    if _better(metric, best, mode, threshold, threshold_mode):
        best, bad = metric, 0
    else:
        bad += 1
    if cooling:
        cooling, bad = cooling - 1, 0
    if bad > patience:
        reduced = max(lr * factor, min_lr)
        lr = reduced if lr - reduced > eps else lr
        bad, cooling = 0, cooldown
    return lr, State(lr, best, bad, cooling)


def _better(metric, best, mode, threshold, threshold_mode):
    sign = -1 if mode == "min" else 1
    if threshold_mode == "rel":
        return sign * metric > sign * best * (1 + sign * threshold)
    return sign * metric > sign * (best + sign * threshold)
