"""Logistic sigmoid, torch's `sigmoid`.

Source: Verhulst, 1845.

Formula:

    y = 1 / (1 + exp(-x))

Gradient: with e = exp(-x), dy/dx = e / (1 + e)^2 = y (1 - y). The second factor is computed as the sigmoid of -x, since
1 - y has no digits left where y is near 1.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: computes 1 - y: at x = 15 its float32 gradient is 17% too large, and from 17 on (37 in float64) it is 0. In
float32 y is 0 below about -88.7, where the truth is a subnormal number, here as in torch.

Example:

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
    # expit(-x) is 1 - y without the cancellation
    return np.multiply(grad, expit(input) * expit(-input))
