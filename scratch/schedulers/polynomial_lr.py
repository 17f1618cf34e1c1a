"""Polynomial decay to 0, torch's `PolynomialLR`.

Source: PyTorch's documentation of `PolynomialLR`; the "poly" policy of Chen et al., 2018, arXiv:1606.00915.

Formula:

    lr_t = base_lr (1 - min(t, total_iters) / total_iters)^power

Options:
    total_iters: the step at which the rate is 0.
    power: the exponent; 1 is a straight line.

Shapes: `step` is a whole number from 0 on, the result a number.

torch: multiplies the last rate by the quotient of two such powers, which is the same but for rounding.

Example:

>>> [lr(t, base_lr=1.0, total_iters=4, power=2.0) for t in range(5)]
[1.0, 0.5625, 0.25, 0.0625, 0.0]
"""


def lr(step, *, base_lr, total_iters=5, power=1.0):
    """Return the learning rate after `step` calls."""
    return base_lr * (1 - min(step, total_iters) / total_iters) ** power
