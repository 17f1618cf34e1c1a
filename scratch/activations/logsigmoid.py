"""Logarithm of the sigmoid, torch's `logsigmoid`.

    y = log(1 / (1 + exp(-x))) = min(x, 0) - log1p(exp(-|x|))

The second form neither overflows nor loses digits.

Gradient: dy/dx = 1 - s(x) = s(-x), with s the sigmoid.

Shapes: `input`, `grad` and the results all have one shape, any.

>>> forward(np.array([-800.0, 0.0, 2.0])).round(4).tolist()
[-800.0, -0.6931, -0.1269]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-800.0, 0.0, 2.0])).round(4).tolist()
[1.0, 0.5, 0.1192]
"""

import numpy as np
from scipy.special import expit


def forward(input):
    """Return the logarithm of the sigmoid of `input`, elementwise."""
    return np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))


def backward(grad, input):
    """Return the gradient of `input`."""
    return grad * expit(-input)
