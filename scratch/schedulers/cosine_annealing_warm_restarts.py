"""Cosine annealing with warm restarts, torch's `CosineAnnealingWarmRestarts`.

Source: Loshchilov and Hutter, 2017, arXiv:1608.03983.

Formula:

    lr_t = eta_min + (base_lr - eta_min) (1 + cos(pi s / T)) / 2

The cycles have the lengths T_0, T_0 T_mult, T_0 T_mult^2, ... T is that of the cycle that t falls into, and s the
number of steps since its beginning. So every cycle falls from base_lr, and the next one starts there again.

Options:
    T_0: the length of the first cycle.
    T_mult: how many times as long the next cycle is.
    eta_min: the rate that a cycle ends at.

Shapes: `step` is a whole number from 0 on, the result a number.

Errors: ValueError unless T_0 is an integer above 0 and T_mult one of at least 1; TypeError for an eta_min that is no
number.

torch: computes the same.

Example:

>>> [round(lr(t, base_lr=1.0, T_0=1, T_mult=2), 4) for t in range(5)]
[1.0, 1.0, 0.5, 1.0, 0.8536]
"""

from scratch.schedulers import cosine_annealing_lr


def lr(step, *, base_lr, T_0, T_mult=1, eta_min=0.0):
    """Return the learning rate after `step` calls."""
    if not isinstance(T_0, int) or T_0 <= 0:
        raise ValueError(f"Expected T_0 to be an integer above 0; got {T_0!r}.")
    if not isinstance(T_mult, int) or T_mult < 1:
        raise ValueError(f"Expected T_mult to be an integer of at least 1; got {T_mult!r}.")
    if not isinstance(eta_min, (int, float)):
        raise TypeError(f"Expected eta_min to be a number; got {eta_min!r}.")
    length = T_0
    while step >= length:
        step, length = step - length, length * T_mult
    return cosine_annealing_lr.lr(step, base_lr=base_lr, T_max=length, eta_min=eta_min)
