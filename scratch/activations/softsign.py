"""Softsign, torch's `softsign`.

Source: Bergstra, Desjardins, Lamblin and Bengio, 2009, "Quadratic Polynomials Learn Better Image Features".

Formula:

    y = x / (1 + |x|)

Gradient: for x > 0, dy/dx = 1 / (1 + x) - x / (1 + x)^2 = 1 / (1 + |x|)^2, and for x < 0 the same; both sides meet in 1
at x = 0. The two divisions are done one by one, since the square may overflow.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: computes the difference: at 1e6 its float32 gradient is 2% too large, from 2e7 on (1e16 in float64) it is 0, and
at infinity NaN, where here it is 0.

Example:

>>> forward(np.array([-1.0, 0.0, 3.0])).tolist()
[-0.5, 0.0, 0.75]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 3.0])).tolist()
[0.25, 1.0, 0.0625]
"""

import numpy as np


def forward(input):
    """Return the softsign of `input`, elementwise."""
    return input / (1 + np.abs(input))


def backward(grad, input):
    """Return the gradient of `input`."""
    size = 1 + np.abs(input)
    # one by one, since the square may overflow
    return grad / size / size
