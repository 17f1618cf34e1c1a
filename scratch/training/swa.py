"""Stochastic weight averaging, the mean of the weights of several steps, torch's `AveragedModel` with `get_swa_avg_fn`.

Source: Izmailov et al., 2018, arXiv:1803.05407.

Formula:

    a <- theta                                          if num_averaged = 0
    a <- a + (theta - a) / (num_averaged + 1)           else

Derivation: with n = num_averaged and a = (1/n) sum theta_i, the mean of one more is (n a + theta) / (n + 1)
= a + (theta - a) / (n + 1). In this form a weight that does not change stays as it is.

Shapes: `averaged` and `param` have one shape, any.

Errors: ValueError for another shape or type.

torch: broadcasts a `param` of another shape into the average. Without an `avg_fn` it takes the lerp of weight
w = 1 / (num_averaged + 1): theta - (1 - w) (theta - a) for the second model, w = 0.5, and a + w (theta - a) for all
after it.

Example:

>>> forward(np.array([1.0]), np.array([4.0]), num_averaged=0).tolist()
[4.0]
>>> forward(np.array([1.0]), np.array([4.0]), num_averaged=2).tolist()
[2.0]
"""

import numpy as np

from scratch.optimizers._require import require_same_shape


def forward(averaged, param, num_averaged):
    """Return the mean of `num_averaged` models, `averaged`, and of one more, `param`."""
    require_same_shape(averaged, param)
    if num_averaged == 0:
        return param.copy()
    with np.errstate(over="ignore", invalid="ignore"):  # infinities, or a difference that is one
        return averaged + (param - averaged) / (num_averaged + 1)
