"""Cosine annealing without restarts (Loshchilov and Hutter, 2017, arXiv:1608.03983), torch's `CosineAnnealingLR`.

    lr_t = eta_min + (base_lr - eta_min) (1 + cos(pi t / T_max)) / 2

Beyond T_max the rate rises again, with a period of 2 T_max. torch multiplies the distance from eta_min by the quotient
of two such factors, which is the same but for rounding; where the rate comes near eta_min that rounding is large.

>>> [round(lr(t, base_lr=1.0, T_max=2), 4) for t in range(5)]
[1.0, 0.5, 0.0, 0.5, 1.0]
"""

import math


def lr(step, *, base_lr, T_max, eta_min=0.0):
    """Return the learning rate after `step` calls."""
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * step / T_max)) / 2
