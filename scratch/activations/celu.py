"""Continuously differentiable exponential linear unit, torch's `celu`.

Source: Barron, 2017, arXiv:1704.07483.

Formula: with expm1(z) = exp(z) - 1, which keeps its digits near 0,

    y = alpha expm1(x / alpha)    where x < 0
    y = x                         elsewhere

Gradient: expm1 has the derivative exp, and the factors alpha and 1 / alpha cancel, so dy/dx = exp(x / alpha) where
x < 0; dy/dx = 1 where x > 0. Both are 1 at x = 0: whatever alpha, there is no kink.

Options:
    alpha: y tends to -alpha as x falls; with a negative one it falls without bound.

Shapes: `input`, `grad` and the results all have one shape, any.

Errors: ValueError for an `alpha` of 0.

torch: takes 1 / alpha in its gradient from an alpha rounded to float32, whatever the type: in float64, at x = -1 and
alpha = 0.3, the gradient is too large by 9e-8 of itself. NaN passes through; at NaN torch's gradient is NaN where it
works on whole vectors, and `grad` in the remainder of the array, and here it is NaN.

Example:

>>> forward(np.array([-1.0, 0.0, 2.0]), alpha=2.0).round(4).tolist()
[-0.7869, 0.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0]), alpha=2.0).round(4).tolist()
[0.6065, 1.0, 1.0]
"""

import numpy as np


def forward(input, alpha=1.0):
    """Return the CELU of `input`, elementwise."""
    return np.where(input < 0, alpha * np.expm1(_exponent(input, alpha)), input)


def backward(grad, input, alpha=1.0):
    """Return the gradient of `input`."""
    return grad * np.exp(_exponent(input, alpha))


def _exponent(x, alpha):
    """Return x / alpha where x is negative, 0 elsewhere."""
    if alpha == 0:
        raise ValueError(f"Expected alpha to be other than 0; got {alpha!r}.")
    # 0 for a positive x, whose exponential would overflow; backward takes exp(0) = 1, the slope there
    return np.minimum(x, 0) / alpha
