"""Exponential decay, torch's `ExponentialLR`.

Source: PyTorch's documentation of `ExponentialLR`.

Formula:

    lr_t = base_lr gamma^t

Options:
    gamma: the factor from every step to the next.

Shapes: `step` is a whole number from 0 on, the result a number.

torch: multiplies by gamma at every step, which is the same but for rounding.

Example:

>>> [lr(t, base_lr=1.0, gamma=0.5) for t in range(4)]
[1.0, 0.5, 0.25, 0.125]
"""


def lr(step, *, base_lr, gamma):
    """Return the learning rate after `step` calls."""
    return base_lr * gamma**step
