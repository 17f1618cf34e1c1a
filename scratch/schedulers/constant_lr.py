"""A smaller rate at the beginning, torch's `ConstantLR`.

Source: PyTorch's documentation of `ConstantLR`; the constant warm-up of He, Zhang, Ren and Sun, 2015, arXiv:1512.03385.

Formula:

    lr_t = base_lr factor where t < total_iters, base_lr from there on

Options:
    factor: what base_lr is multiplied by at the beginning, from 0 to 1.
    total_iters: the step at which the rate becomes base_lr.

Shapes: `step` is a whole number from 0 on, the result a number.

Errors: ValueError for a factor outside [0, 1].

torch: multiplies by factor at first and divides by it later, which is the same but for rounding. With a factor of 0 it
divides by 0 when the time comes, and raises; here the rate is base_lr.

Example:

>>> [lr(t, base_lr=1.0, factor=0.5, total_iters=2) for t in range(4)]
[0.5, 0.5, 1.0, 1.0]
"""


def lr(step, *, base_lr, factor=1.0 / 3, total_iters=5):
    """Return the learning rate after `step` calls."""
    if not 0 <= factor <= 1:
        raise ValueError(f"Expected factor to be between 0 and 1; got {factor!r}.")
    return base_lr * factor if step < total_iters else base_lr
