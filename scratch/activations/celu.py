"""Continuously differentiable exponential linear unit (Barron, 2017, arXiv:1704.07483).

    y = a (exp(x / a) - 1) if x < 0, else x        (a is `alpha`)

exp(x / a) - 1 is computed as expm1(x / a), which keeps its digits near 0.

Gradient: dy/dx = exp(x / a) where x < 0 and 1 where x > 0; the two meet at x = 0.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through. ValueError for an `alpha` of 0.

torch rounds `alpha` to float32 for its gradient, whatever the type: in float64, at x = -1 and alpha = 0.3, it is too
large by 9e-8 of itself.

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
    return np.minimum(x, 0) / alpha
