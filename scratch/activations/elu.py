"""Exponential linear unit (Clevert, Unterthiner and Hochreiter, 2015, arXiv:1511.07289).

    y = a (exp(x) - 1) if x < 0, else x        (a is `alpha`)

exp(x) - 1 is computed as expm1(x), which keeps its digits near 0.

Gradient: dy/dx = a exp(x) where x < 0 and 1 where x > 0. At x = 0, a kink unless a = 1, any value between a and 1 is a
subgradient; a is taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through.

>>> forward(np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[-0.6321, 0.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0]), alpha=2.0).round(4).tolist()
[0.7358, 2.0, 1.0]
"""

import numpy as np


def forward(input, alpha=1.0):
    """Return the ELU of `input`, elementwise."""
    return np.where(input < 0, alpha * np.expm1(np.minimum(input, 0)), input)


def backward(grad, input, alpha=1.0):
    """Return the gradient of `input`."""
    return np.where(input > 0, grad, grad * (alpha * np.exp(np.minimum(input, 0))))
