"""Cosine annealing without restarts, torch's `CosineAnnealingLR`.

Source: Loshchilov and Hutter, 2017, arXiv:1608.03983.

Formula:

    lr_t = eta_min + (base_lr - eta_min) (1 + cos(pi t / T_max)) / 2

Derivation: (1 + cos x) / 2 falls from 1 at x = 0 to 0 at x = pi, and its derivative -sin(x) / 2 is 0 at both ends: the
rate stays long near base_lr and long near eta_min. Beyond T_max it rises again, with a period of 2 T_max.

Options:
    T_max: the number of steps from base_lr to eta_min.
    eta_min: the lowest rate.

Shapes: `step` is a whole number from 0 on, the result a number.

torch: multiplies the distance from eta_min by the quotient of two such factors, which is the same but for rounding;
where the rate comes near eta_min that rounding is large.

Example:

>>> [round(lr(t, base_lr=1.0, T_max=2), 4) for t in range(5)]
[1.0, 0.5, 0.0, 0.5, 1.0]
"""

import math


def lr(step, *, base_lr, T_max, eta_min=0.0):
    """Return the learning rate after `step` calls."""
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * step / T_max)) / 2
