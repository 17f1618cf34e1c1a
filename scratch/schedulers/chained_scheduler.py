"""Schedules on top of each other, torch's `ChainedScheduler`.

    lr_t = base_lr prod_i s_i(t) / base_lr

for schedules that multiply the rate by a factor of their own. `schedulers` are functions ``s(step, *, base_lr)``.
ValueError for none.

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
