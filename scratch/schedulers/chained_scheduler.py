"""Schedules on top of each other, torch's `ChainedScheduler`.

Source: PyTorch's documentation of `ChainedScheduler`.

Formula:

    lr_t = base_lr f_1(t) f_2(t) ...        f_i(t) = s_i(t) for a base_lr of 1

It holds for schedules s_i whose rate is base_lr times a factor of their own.

Options:
    schedulers: the s_i, functions ``s(step, *, base_lr)``.

Shapes: `step` is a whole number from 0 on, the result a number.

Errors: ValueError for no schedulers.

torch: lets every scheduler change the rate that the one before left, which is the same but for rounding.

Example:

>>> half, third = (lambda step, *, base_lr: base_lr / 2), (lambda step, *, base_lr: base_lr / 4)
>>> lr(0, base_lr=1.0, schedulers=[half, third])
0.125
"""

import math


def lr(step, *, base_lr, schedulers):
    """Return the learning rate after `step` calls."""
    if not schedulers:
        raise ValueError("Expected schedulers to hold at least one; got none.")
    return base_lr * math.prod(s(step, base_lr=1.0) for s in schedulers)
