"""Step decay at chosen steps, torch's `MultiStepLR`.

Source: PyTorch's documentation of `MultiStepLR`; used so by He, Zhang, Ren and Sun, 2015, arXiv:1512.03385.

Formula:

    lr_t = base_lr gamma^(the number of milestones <= t)

Options:
    milestones: the steps at which the rate falls; one that is named twice counts twice.
    gamma: the factor at each of them.

Shapes: `step` is a whole number from 0 on, the result a number.

torch: multiplies by gamma at each milestone, which is the same but for rounding.

Example:

>>> [round(lr(t, base_lr=1.0, milestones=[1, 3], gamma=0.5), 4) for t in range(5)]
[1.0, 0.5, 0.5, 0.25, 0.25]
"""


def lr(step, *, base_lr, milestones, gamma=0.1):
    """Return the learning rate after `step` calls."""
    return base_lr * gamma ** sum(m <= step for m in milestones)
