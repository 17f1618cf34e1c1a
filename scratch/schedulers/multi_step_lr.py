"""Step decay at chosen steps, torch's `MultiStepLR`.

    lr_t = base_lr gamma^(the number of milestones <= t)

A milestone that is named twice counts twice. torch multiplies by gamma at each, which is the same but for rounding.

>>> [round(lr(t, base_lr=1.0, milestones=[1, 3], gamma=0.5), 4) for t in range(5)]
[1.0, 0.5, 0.5, 0.25, 0.25]
"""


def lr(step, *, base_lr, milestones, gamma=0.1):
    """Return the learning rate after `step` calls."""
    return base_lr * gamma ** sum(m <= step for m in milestones)
