"""Cyclical learning rates (Smith, 2017, arXiv:1506.01186), torch's `CyclicLR`.

    lr_t = base_lr + (max_lr - base_lr) h s,    momentum_t = max_momentum - (max_momentum - base_momentum) h s

h rises from 0 to 1 in `step_size_up` steps and falls back in `step_size_down`. s is 1 (triangular), 1/2^(c - 1) with c
the number of the cycle (triangular2), gamma^t (exp_range), or `scale_fn` of the cycle or of the step, after
`scale_mode`. h is computed from the share of the cycle that is over, as torch does, which loses digits with the number
of cycles. ValueError for an unknown mode without a `scale_fn`.

>>> [round(lr(t, base_lr=0.0, max_lr=1.0, step_size_up=2), 4) for t in range(6)]
[0.0, 0.5, 1.0, 0.5, 0.0, 0.5]
>>> [round(momentum(t, base_lr=0.0, max_lr=1.0, step_size_up=2), 4) for t in range(3)]
[0.9, 0.85, 0.8]
"""

import math


def lr(
    step,
    *,
    base_lr,
    max_lr,
    step_size_up=2000,
    step_size_down=None,
    mode="triangular",
    gamma=1.0,
    scale_fn=None,
    scale_mode="cycle",
    cycle_momentum=True,
    base_momentum=0.8,
    max_momentum=0.9,
):
    """Return the learning rate after `step` calls."""
    return base_lr + (max_lr - base_lr) * _share(step, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)


def momentum(
    step,
    *,
    base_lr,
    max_lr,
    step_size_up=2000,
    step_size_down=None,
    mode="triangular",
    gamma=1.0,
    scale_fn=None,
    scale_mode="cycle",
    cycle_momentum=True,
    base_momentum=0.8,
    max_momentum=0.9,
):
    """Return the momentum after `step` calls; None where it is not scheduled."""
    if not cycle_momentum:
        return None
    share = _share(step, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode)
    return max_momentum - (max_momentum - base_momentum) * share


def _share(step, up, down, mode, gamma, scale_fn, scale_mode):
    """Return h s, the share of the way from the lower to the upper rate."""
    total = up + (up if down is None else down)
    cycle = math.floor(1 + step / total)
    x, peak = 1 + step / total - cycle, up / total
    height = x / peak if x <= peak else (x - 1) / (peak - 1)
    if scale_fn is not None:
        return height * scale_fn(cycle if scale_mode == "cycle" else step)
    scales = {"triangular": 1.0, "triangular2": 1 / math.pow(2, cycle - 1), "exp_range": gamma**step}
    if mode not in scales:
        raise ValueError(f"Expected mode to be one of {', '.join(scales)}; got {mode!r}.")
    return height * scales[mode]
