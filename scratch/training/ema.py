"""Exponential moving average of the weights, torch's `AveragedModel` with `get_ema_avg_fn`.

Source: Polyak and Juditsky, 1992, "Acceleration of Stochastic Approximation by Averaging"; Tarvainen and Valpola, 2017,
arXiv:1703.01780.

Formula:

    a <- theta                                if num_averaged = 0
    a <- decay a + (1 - decay) theta          else

Derivation: a is decay^t theta_0 + (1 - decay) sum_i decay^(t-i) theta_i over i = 1 to t, and these weights add up to
decay^t + (1 - decay^t) = 1: the first update copies, so that there is no bias to correct.

Options:
    decay: the part of the average that stays at every update.

Shapes: `averaged` and `param` have one shape, any.

Errors: ValueError for another shape or type and for a decay outside [0, 1].

torch: broadcasts a `param` of another shape into the average. It has a second form of it, `get_ema_multi_avg_fn`, which
is a lerp with weight w = 1 - decay: a + w (theta - a) for w < 0.5, else theta - (1 - w) (theta - a). The two differ by
rounding, and only the lerp keeps a weight that does not change: of 1000 constant float32 weights in [0.1, 0.2] the form
above moves 158, and after 1000 updates by up to 1e-5 of their size. Buffers are copied from the model, unless
`use_buffers` averages them as well.

Example:

>>> forward(np.array([1.0]), np.array([3.0]), num_averaged=0, decay=0.75).tolist()
[3.0]
>>> forward(np.array([1.0]), np.array([3.0]), num_averaged=1, decay=0.75).tolist()
[1.5]
"""

import numpy as np

from scratch.optimizers._require import require_same_shape


def forward(averaged, param, num_averaged, decay=0.999):
    """Return the average after the update number `num_averaged`, counted from 0."""
    require_same_shape(averaged, param)
    if decay < 0 or decay > 1:
        raise ValueError(f"Expected decay to be between 0 and 1; got {decay!r}.")
    if num_averaged == 0:
        return param.copy()
    with np.errstate(invalid="ignore"):  # infinities of either sign, or times 0
        return decay * averaged + (1 - decay) * param
