"""Cyclical learning rates, torch's `CyclicLR`.

Source: Smith, 2017, arXiv:1506.01186.

Formula:

    lr_t = base_lr + (max_lr - base_lr) h s,    momentum_t = max_momentum - (max_momentum - base_momentum) h s
    h = x / r where x <= r, else (x - 1) / (r - 1)
    x = 1 + t / n - c,   c = floor(1 + t / n),   n = step_size_up + step_size_down,   r = step_size_up / n

c is the number of the cycle, from 1 on, and x the part of it that is over. h rises from 0 to 1 while x goes to r, and
falls back while x goes to 1. s is 1 (triangular), 1/2^(c - 1) (triangular2), gamma^t (exp_range), or what
scale_fn returns.

Options:
    max_lr: the rate at the top of a cycle, where s is 1.
    step_size_up: the number of steps on which h rises.
    step_size_down: the number of steps on which h falls; as many if None.
    mode: what s is: "triangular", "triangular2" or "exp_range".
    gamma: the base of exp_range.
    scale_fn: a function that gives s in the place of the mode.
    scale_mode: what scale_fn takes: c for "cycle", else t.
    cycle_momentum: whether `momentum` is scheduled; if not it is None.
    base_momentum, max_momentum: the lowest momentum, at the top of a cycle, and the highest one.

Shapes: `step` is a whole number from 0 on, the results are numbers.

Errors: ValueError for an unknown mode without a scale_fn.

torch: computes the same; h from x, too, which loses digits with the number of cycles. The paper cycles the rate alone.

Example:

>>> [round(lr(t, base_lr=0.0, max_lr=1.0, step_size_up=2), 4) for t in range(6)]
[0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
>>> [round(momentum(t, base_lr=0.0, max_lr=1.0, step_size_up=2), 4) for t in range(3)]
[0.9, 0.85, 0.8]
"""

import math


def lr(
    step,
    *,
    base_lr,
    max_lr,
    step_size_up=2000,
    step_size_down=None,
    mode="triangular",
    gamma=1.0,
    scale_fn=None,
    scale_mode="cycle",
    cycle_momentum=True,
    base_momentum=0.8,
    max_momentum=0.9,
):
    """Return the learning rate after `step` calls."""
    hs = _height(step, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)
    return base_lr + (max_lr - base_lr) * hs


def momentum(
    step,
    *,
    base_lr,
    max_lr,
    step_size_up=2000,
    step_size_down=None,
    mode="triangular",
    gamma=1.0,
    scale_fn=None,
    scale_mode="cycle",
    cycle_momentum=True,
    base_momentum=0.8,
    max_momentum=0.9,
):
    """Return the momentum after `step` calls; None where it is not scheduled."""
    if not cycle_momentum:
        return None
    hs = _height(step, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)
    return max_momentum - (max_momentum - base_momentum) * hs


def _height(step, up, down, mode, gamma, scale_fn, scale_mode):
    """Return h s, the height above the lower rate, as a part of the way to the upper one."""
    n = up + (up if down is None else down)
    c = math.floor(1 + step / n)
    x, r = 1 + step / n - c, up / n
    h = x / r if x <= r else (x - 1) / (r - 1)
    if scale_fn is not None:
        return h * scale_fn(c if scale_mode == "cycle" else step)
    scales = {"triangular": 1.0, "triangular2": 1 / math.pow(2, c - 1), "exp_range": gamma**step}
    if mode not in scales:
        raise ValueError(f"Expected mode to be one of {', '.join(scales)}; got {mode!r}.")
    return h * scales[mode]
