"""A smaller rate when a metric stops improving, torch's `ReduceLROnPlateau`.

Source: PyTorch's documentation of `ReduceLROnPlateau`.

Formula:

    better    metric < best (1 - threshold)  or  best - threshold       mode "min", threshold_mode "rel" or "abs"
              metric > best (1 + threshold)  or  best + threshold       mode "max"
    bad       steps since the last better one, without those of a cooldown
    lr  <- max(factor lr, min_lr)                                       where bad > patience

A reduction begins a cooldown, and bad starts anew. One that changes the rate by no more than eps leaves it as it is.

Options:
    mode: "min" for a metric that should fall, "max" for one that should rise.
    factor: what the rate is multiplied by.
    patience: the number of bad steps that are borne.
    threshold: by how much a metric must be better than the best so far.
    threshold_mode: whether the threshold is a part of the best ("rel") or a difference ("abs").
    cooldown: the number of steps after a reduction that do not count as bad.
    min_lr: the lowest rate.
    eps: the largest change of the rate that is not made.

Shapes: `metric`, the rate and all numbers of the state are scalars.

Errors: ValueError for a factor of 1 or more, an unknown mode and an unknown threshold_mode.

torch: computes the same. A metric of NaN is not better, there as here.

Example:

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
    if cooling:  # before patience is looked at: a step of the cooldown is never the one too many
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
