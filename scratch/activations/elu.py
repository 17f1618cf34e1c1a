"""Exponential linear unit, torch's `elu`.

Source: Clevert, Unterthiner and Hochreiter, 2015, arXiv:1511.07289.

Formula: with expm1(x) = exp(x) - 1, which keeps its digits near 0,

    y = alpha expm1(x)    where x < 0
    y = x                 elsewhere

Gradient: expm1 has the derivative exp, so dy/dx = alpha exp(x) where x < 0; dy/dx = 1 where x > 0. At x = 0, a kink
unless alpha is 1, any value between alpha and 1 is a subgradient; alpha is taken.

Options:
    alpha: y tends to -alpha as x falls.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the same subgradient at 0. NaN passes through; at NaN torch's gradient is NaN where it works on whole
vectors, and `grad` in the remainder of the array, and here it is NaN.

Example:

>>> forward(np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[-0.6321, 0.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0]), alpha=2.0).round(4).tolist()
[0.7358, 2.0, 1.0]
"""

import numpy as np


def forward(input, alpha=1.0):
    """Return the ELU of `input`, elementwise."""
    # np.where computes both branches: without the minimum a large x would overflow in the one that is not taken
    return np.where(input < 0, alpha * np.expm1(np.minimum(input, 0)), input)


def backward(grad, input, alpha=1.0):
    """Return the gradient of `input`."""
    return np.where(input > 0, grad, grad * (alpha * np.exp(np.minimum(input, 0))))
