"""Polynomial decay to 0, torch's `PolynomialLR`.

    lr_t = base_lr (1 - min(t, total_iters) / total_iters)^power

torch multiplies the last rate by the quotient of two such powers, which is the same but for rounding.

>>> [lr(t, base_lr=1.0, total_iters=4, power=2.0) for t in range(5)]
[1.0, 0.5625, 0.25, 0.0625, 0.0]
"""


def lr(step, *, base_lr, total_iters=5, power=1.0):
    """Return the learning rate after `step` calls."""
    return base_lr * (1 - min(step, total_iters) / total_iters) ** power
