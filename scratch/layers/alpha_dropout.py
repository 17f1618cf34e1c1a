"""Alpha dropout (Klambauer, Unterthiner, Mayr and Hochreiter, 2017, arXiv:1706.02515).

    training:  y = a (m x - M (1 - m)) + b        with a mask m of every element: 1 with probability q = 1 - p, else 0
    else:      y = x

What is dropped goes to -M, M = 1.758..., the least value of SELU. With x of mean 0 and variance 1, m x - M (1 - m) has
mean -M p and variance q + M^2 p - M^2 p^2 = q (1 + p M^2), so mean 0 and variance 1 are kept by

    a = 1 / sqrt(q (1 + p M^2)),   b = a M p        and dropped is y = b - a M = -a M q

Gradient: dL/dx = a m dL/dy. The mask is noise, without a gradient.

Shapes: `input`, `mask`, `grad` and the results all have one shape, any. ValueError for p outside [0, 1] and, in
training with 0 < p < 1, for a mask that is missing or of another shape; TypeError for one that is not boolean.

With p = 1, where a is infinite, torch multiplies by 0: the limit of -a M q, so nothing jumps. torch adds -a M to a M p,
which loses digits of -a M q as p nears 1: in float32 it is 5% off at q = 1e-6. A NaN or an infinity that is dropped
gives NaN, as in torch.

>>> x, mask = np.array([1.0, 2.0]), np.array([True, False])
>>> forward(x, 0.5, True, mask).round(4).tolist()
[1.6656, -0.7792]
>>> backward(np.ones(2), x, 0.5, True, mask).round(4).tolist()
[0.8864, 0.0]
"""

import math

import numpy as np

from scratch._dropout import require_mask, times, undrawn

_M = 1.7580993408473766  # of scaled exponential linear units, the scale times alpha


def forward(input, p=0.5, training=False, mask=None):
    """Return a linear function of `input` where the mask keeps it, and a constant elsewhere."""
    factor, shift = _line(input, p, training, mask)
    return times(input, factor) if shift is None else times(input, factor) + shift


def backward(grad, input, p=0.5, training=False, mask=None):
    """Return the gradient of `input`."""
    return times(grad, _line(input, p, training, mask)[0])


def _line(x, p, training, mask):
    """Return what `x` is multiplied by, and what is added to it, None where nothing is."""
    factor = undrawn(x, p, training)
    if factor is not None:
        return factor, None
    require_mask(mask, x.shape)
    a = 1 / math.sqrt((1 - p) * (1 + p * _M**2))
    shift = np.where(mask, a * _M * p, -a * _M * (1 - p))
    return np.where(mask, a, 0.0).astype(x.dtype), shift.astype(x.dtype)
