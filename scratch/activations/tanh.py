"""Hyperbolic tangent, torch's `tanh`.

Source: as an activation: LeCun, Bottou, Orr and Mueller, 1998, "Efficient BackProp".

Formula:

    y = (exp(x) - exp(-x)) / (exp(x) + exp(-x))

Gradient: numerator and denominator are each other's derivative, so by the quotient rule
dy/dx = 1 - y^2 = 1 / cosh(x)^2. With e = exp(-|x|), 1 / cosh(x) = 2 e / (1 + e^2), which neither overflows nor loses
digits; 1 - y^2 has none left where y is near 1.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: computes 1 - y^2: at 8 its float32 gradient is 6% too large, and from 9.2 on (19.1 in float64) it is 0.

Example:

>>> forward(np.array([0.0, 1.0])).round(4).tolist()
[0.0, 0.7616]
>>> backward(np.array([1.0, 1.0]), np.array([0.0, 1.0])).round(4).tolist()
[1.0, 0.42]
"""

import numpy as np


def forward(input):
    """Return the hyperbolic tangent of `input`, elementwise."""
    return np.tanh(input)


def backward(grad, input):
    """Return the gradient of `input`."""
    # exp(-|x|) cannot overflow, and e and 1 + e^2 keep the digits that 1 - y^2 loses
    e = np.exp(-np.abs(input))
    return grad * np.square(2 * e / (1 + e * e))
