"""A factor of one's own from every step to the next, torch's `MultiplicativeLR`.

Source: PyTorch's documentation of `MultiplicativeLR`.

Formula:

    lr_t = base_lr lr_lambda(1) lr_lambda(2) ... lr_lambda(t)

Options:
    lr_lambda: a function of the step that returns the factor by which the rate changes there.

Shapes: `step` is a whole number from 0 on, the result a number.

torch: multiplies the last rate, which is the same but for rounding.

Example:

>>> [lr(t, base_lr=1.0, lr_lambda=lambda t: 0.5) for t in range(3)]
[1.0, 0.5, 0.25]
"""

import math


def lr(step, *, base_lr, lr_lambda):
    """Return the learning rate after `step` calls."""
    return base_lr * math.prod(lr_lambda(t) for t in range(1, step + 1))
