"""Logarithm of the sigmoid, torch's `logsigmoid`.

Source: the definition in PyTorch's documentation.

Formula: the second form neither overflows nor loses digits.

    y = log(1 / (1 + exp(-x)))
      = min(x, 0) - log1p(exp(-|x|))

Gradient: with s the sigmoid, s' = s (1 - s), so dy/dx = s'(x) / s(x) = 1 - s(x) = s(-x). The kinks of min and of |x| at
0 cancel.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: computes the same, NaN included.

Example:

>>> forward(np.array([-800.0, 0.0, 2.0])).round(4).tolist()
[-800.0, -0.6931, -0.1269]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-800.0, 0.0, 2.0])).round(4).tolist()
[1.0, 0.5, 0.1192]
"""

import numpy as np
from scipy.special import expit


def forward(input):
    """Return the logarithm of the sigmoid of `input`, elementwise."""
    # the exponent is never positive, so that nothing overflows
    return np.minimum(input, 0) - np.log1p(np.exp(-np.abs(input)))


def backward(grad, input):
    """Return the gradient of `input`."""
    return grad * expit(-input)
