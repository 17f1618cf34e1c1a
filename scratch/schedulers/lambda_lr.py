"""A factor of one's own for every step, torch's `LambdaLR`.

    lr_t = base_lr lr_lambda(t)

>>> [lr(t, base_lr=2.0, lr_lambda=lambda t: 1 / (1 + t)) for t in range(2)]
[2.0, 1.0]
"""


def lr(step, *, base_lr, lr_lambda):
    """Return the learning rate after `step` calls."""
    return base_lr * lr_lambda(step)
