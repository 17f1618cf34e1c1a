"""Hyperbolic tangent shrinkage, torch's `tanhshrink`.

    y = x - tanh(x)

Near 0 the difference loses its digits. There Lambert's continued fraction (1768), tanh(x) = x / (1 + c) with
c = x^2 / (3 + x^2 / (5 + ...)), gives y = x c / (1 + c), in which nothing cancels.

Gradient: dy/dx = 1 - 1 / cosh(x)^2 = tanh(x)^2.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through.

torch subtracts, in the gradient as well: at 1e-5 only 5 digits of its float64 result are right; at 1e-3 its float32
result is too large by 5%, and the gradient by 1%.

>>> forward(np.array([0.0, 1.0, 2.0])).round(4).tolist()
[0.0, 0.2384, 1.036]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([0.0, 1.0, 2.0])).round(4).tolist()
[0.0, 0.58, 0.9293]
"""

import numpy as np

DENOMINATORS = range(17, 1, -2)  # down to 3; what is left out is below rounding where |x| < 1


def forward(input):
    """Return `input` less its hyperbolic tangent, elementwise."""
    near = np.clip(input, -1, 1)
    c = 0
    for n in DENOMINATORS:
        c = near * near / (n + c)
    small = near * (c / (1 + c)) + 0.0  # never -0, as a difference of equals is not
    return np.where(np.abs(input) < 1, small, input - np.tanh(input))


def backward(grad, input):
    """Return the gradient of `input`."""
    return grad * np.square(np.tanh(input))
