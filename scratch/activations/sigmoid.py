"""Logistic sigmoid (Verhulst, 1845).

    y = 1 / (1 + exp(-x))

Gradient: with e = exp(-x), dy/dx = e / (1 + e)^2 = y (1 - y). The second factor is computed as sigmoid(-x), since
1 - y has no digits left where y is near 1.

Shapes: `input`, `grad` and the results all have one shape, any.

>>> forward(np.array([0.0, 2.0])).round(4).tolist()
[0.5, 0.8808]
>>> backward(np.array([1.0, 1.0]), np.array([0.0, 2.0])).round(4).tolist()
[0.25, 0.105]
"""

import numpy as np
from scipy.special import expit


def forward(input):
    """Return the sigmoid of `input`, elementwise."""
    return expit(input)


def backward(grad, input):
    """Return the gradient of `input`."""
    return np.multiply(grad, expit(input) * expit(-input))
