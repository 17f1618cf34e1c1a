"""Alpha dropout, torch's `alpha_dropout`: it keeps a mean of 0 and a variance of 1.

Source: Klambauer, Unterthiner, Mayr and Hochreiter, 2017, "Self-Normalizing Neural Networks", arXiv:1706.02515.

Formula:

    y = a (m x - M (1 - m)) + b       in training, with a mask m of every element: 1 with probability q = 1 - p, else 0
    y = x                             else
    a = 1 / sqrt(q (1 + p M^2)),   b = a M p,   M = 1.758...

What is dropped goes to -M, the least value of SELU. With x of mean 0 and variance 1, m x - M (1 - m) has the mean -M p
and the variance q + M^2 p - M^2 p^2 = q (1 + p M^2), which a and b bring back to 0 and 1. A dropped
element is y = b - a M = -a M q. With p = 1 all is multiplied by 0, the limit of -a M q.

Gradient: y is linear in x, so dy/dx = a m for each element and dL/dx = a m dL/dy. The mask is noise, without a
gradient.

Options:
    p: the probability of dropping an element.
    training: drop elements; else y is x.
    mask: m, True where an element is kept; needed in training with 0 < p < 1.

Shapes: `input`, `mask`, `grad` and the results all have one shape, any.

Errors: ValueError for p outside [0, 1] and, in training with 0 < p < 1, for a mask that is missing or of another shape;
TypeError for one that is not boolean.

torch: draws the mask; here it is an argument. With p = 1, where a is infinite, it multiplies by 0 too, so nothing
jumps. It adds -a M to a M p, which loses digits of -a M q as p nears 1: in float32 it is 5% off at q = 1e-6. A NaN or
an infinity that is dropped gives NaN in both.

Example:

>>> x, mask = np.array([1.0, 2.0]), np.array([True, False])
>>> forward(x, 0.5, True, mask).round(4).tolist()
[1.6656, -0.7792]
>>> backward(np.ones(2), x, 0.5, True, mask).round(4).tolist()
[0.8864, 0.0]
"""

import math

import numpy as np

from scratch._dropout import constant_factor, product, require_mask

_M = 1.7580993408473766  # of scaled exponential linear units, the scale times alpha


def forward(input, p=0.5, training=False, mask=None):
    """Return a linear function of `input` where the mask keeps it, and a constant elsewhere."""
    factor, shift = _factor_and_shift(input, p, training, mask)
    return product(input, factor) if shift is None else product(input, factor) + shift


def backward(grad, input, p=0.5, training=False, mask=None):
    """Return the gradient of `input`."""
    factor, _ = _factor_and_shift(input, p, training, mask)
    return product(grad, factor)


def _factor_and_shift(x, p, training, mask):
    """Return what `x` is multiplied by, and what is added to it, None where nothing is."""
    factor = constant_factor(x, p, training)
    if factor is not None:
        return factor, None
    require_mask(mask, x.shape)
    a = 1 / math.sqrt((1 - p) * (1 + p * _M**2))
    shift = np.where(mask, a * _M * p, -a * _M * (1 - p))  # b and b - a M, which would cancel as p nears 1
    return np.where(mask, a, 0.0).astype(x.dtype), shift.astype(x.dtype)
