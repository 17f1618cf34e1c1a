"""Squared error of a sigmoid, the loss of a logistic unit that is not convex.

Source: Brier, 1950, for the score itself.

Formula:

    l = (s(x) - y)^2 = q^2,   q = s(-m),   m = x for y = 1 and -x for y = 0

x is `input`, y is `target`, a label of 0 or 1, and s is the sigmoid. q is the probability of the label that is wrong,
p = 1 - q = s(m) that of the right one. In this form no 1 is taken away from a rounded sigmoid.

Gradient: dq/dm = -q p, so dl/dm = -2 q^2 p, and dl/dx is that for y = 1 and minus that for y = 0. It is multiplied by
g, what its l receives: `grad` for none and sum, `grad` / N for mean. It vanishes where the unit is sure and wrong
(q = 1), too. Once more, with dp/dm = q p:

    d^2 l/dx^2 = 4 q^2 p^2 - 2 q^3 p = 2 q^2 p (2 p - q),   negative for q > 2/3

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input` and `target` have one shape; `target` has no gradient.

Errors: ValueError for shapes that differ, a label other than 0 and 1, and an unknown reduction.

torch: has none; the twin is `mse_loss` of a sigmoid, which autograd differentiates twice for `curvature`.

Example:

>>> x, y = np.array([0.0, 0.0]), np.array([1, 0])
>>> float(forward(x, y)), backward(np.array(1.0), x, y).tolist()
(0.25, [-0.125, 0.125])
>>> curvature(np.array([-2.0, 0.0]), np.array([1, 1])).round(4).tolist()
[-0.1188, 0.125]
"""

import numpy as np
from scipy.special import expit

from scratch._reduction import per_sample, reduce, require_reduction


def forward(input, target, reduction="mean"):
    """Return the squared error of the sigmoid of `input`, reduced."""
    require_reduction(reduction)
    return reduce(expit(-_margin(input, target)) ** 2, reduction)


def backward(grad, input, target, reduction="mean"):
    """Return the gradient of `input`."""
    require_reduction(reduction)
    m = _margin(input, target)
    q, p = expit(-m), expit(m)
    m_slope = -2 * q**2 * p
    return per_sample(grad, input, reduction) * np.where(target == 1, m_slope, -m_slope)


def curvature(input, target):
    """Return the second derivative of each unreduced loss in its logit."""
    m = _margin(input, target)
    q, p = expit(-m), expit(m)
    return 2 * q**2 * p * (2 * p - q)


def _margin(input, target):
    if target.shape != input.shape:
        raise ValueError(f"Expected target to have the shape of input, {input.shape}; got {target.shape}.")
    other = target[(target != 0) & (target != 1)]
    if other.size:
        raise ValueError(f"Expected target to hold labels 0 and 1; got {other[0]}.")
    return np.where(target == 1, input, -input)
