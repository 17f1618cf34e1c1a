"""Squared error of a sigmoid, the loss of a logistic unit that is not convex (Brier, 1950, for the score itself).

With labels y of 0 and 1, s the sigmoid, m = x for y = 1 and -x for y = 0, and q = s(-m), the probability of the label
that is wrong:

    l = (s(x) - y)^2 = q^2

In this form no 1 is taken away from a rounded sigmoid. The l are reduced.

Gradient: dq/dm = -q (1 - q) with 1 - q = s(m), so dl/dm = -2 q^2 (1 - q), and dl/dx is that for y = 1 and minus that
for y = 0. It vanishes where the unit is sure and wrong (q = 1), too. Once more:

    d^2 l/dx^2 = 2 q^2 (1 - q) (2 (1 - q) - q),   negative for q > 2/3

Shapes: `input` and `target` have one shape; `target` has no gradient. ValueError for shapes that differ, a label other
than 0 and 1, and an unknown reduction.

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
    slope = 2 * expit(-m) ** 2 * expit(m)
    return per_sample(grad, input, reduction) * np.where(target == 1, -slope, slope)


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
