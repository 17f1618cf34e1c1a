"""A factor of one's own for every step, torch's `LambdaLR`.

Source: PyTorch's documentation of `LambdaLR`.

Formula:

    lr_t = base_lr lr_lambda(t)

Options:
    lr_lambda: a function of the step that returns the factor of base_lr.

Shapes: `step` is a whole number from 0 on, the result a number.

torch: computes the same.

Example:

>>> [lr(t, base_lr=2.0, lr_lambda=lambda t: 1 / (1 + t)) for t in range(2)]
[2.0, 1.0]
"""


def lr(step, *, base_lr, lr_lambda):
    """Return the learning rate after `step` calls."""
    return base_lr * lr_lambda(step)
