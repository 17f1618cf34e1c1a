"""Schedules one after the other, torch's `SequentialLR`.

Source: PyTorch's documentation of `SequentialLR`.

Formula:

    lr_t = s_i(t - m_i)        for m_i <= t < m_(i + 1), with m_0 = 0 and m_1, m_2, ... the milestones

Options:
    schedulers: the s_i, functions ``s(step, *, base_lr)``; each starts from its own beginning.
    milestones: the steps at which the next one begins, in order.

Shapes: `step` is a whole number from 0 on, the result a number.

Errors: ValueError unless there is one milestone less than there are schedules.

torch: computes the same where each scheduler does.

Example:

>>> half, full = (lambda step, *, base_lr: base_lr / 2), (lambda step, *, base_lr: base_lr)
>>> [lr(t, base_lr=1.0, schedulers=[half, full], milestones=[2]) for t in range(4)]
[0.5, 0.5, 1.0, 1.0]
"""

from bisect import bisect_right


def lr(step, *, base_lr, schedulers, milestones):
    """Return the learning rate after `step` calls."""
    if len(schedulers) != len(milestones) + 1:
        raise ValueError(f"Expected {len(schedulers) - 1} milestones; got {len(milestones)}.")
    i = bisect_right(milestones, step)
    return schedulers[i](step - (milestones[i - 1] if i else 0), base_lr=base_lr)
