"""A smaller rate at the beginning, torch's `ConstantLR`.

    lr_t = base_lr factor where t < total_iters, base_lr from there on

torch multiplies by factor and divides by it later. ValueError for a factor outside [0, 1]. With a factor of 0 torch
divides by 0 when the time comes, and raises; here the rate is base_lr.

>>> [lr(t, base_lr=1.0, factor=0.5, total_iters=2) for t in range(4)]
[0.5, 0.5, 1.0, 1.0]
"""


def lr(step, *, base_lr, factor=1.0 / 3, total_iters=5):
    """Return the learning rate after `step` calls."""
    if not 0 <= factor <= 1:
        raise ValueError(f"Expected factor to be between 0 and 1; got {factor!r}.")
    return base_lr * factor if step < total_iters else base_lr
