"""Softplus (Dugas, Bengio, Belisle, Nadeau and Garcia, 2000, "Incorporating Second-Order Functional Knowledge for
Better Option Pricing").

    y = log(1 + exp(b x)) / b,  and y = x where b x > t        (b is `beta`, t is `threshold`)

With z = b x, log(1 + exp(z)) is computed as max(z, 0) + log1p(exp(-|z|)), which neither overflows nor loses digits.

Gradient: dy/dx = s(b x), with s the sigmoid, and 1 where b x > t. At b x = t, where y jumps by log1p(exp(-t)) / b, the
curve still counts, as in torch.

Shapes: `input`, `grad` and the results all have one shape, any.

torch computes log1p(exp(z)), which is infinite for z above 709 (88 in float32) that a larger `threshold` lets in.

>>> forward(np.array([-1.0, 0.0, 30.0])).round(4).tolist()
[0.3133, 0.6931, 30.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 30.0])).round(4).tolist()
[0.2689, 0.5, 1.0]
"""

import numpy as np
from scipy.special import expit


def forward(input, beta=1, threshold=20):
    """Return the softplus of `input`, elementwise."""
    z = beta * input
    return np.where(z > threshold, input, (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta)


def backward(grad, input, beta=1, threshold=20):
    """Return the gradient of `input`."""
    z = beta * input
    return np.where(z > threshold, grad, grad * expit(z))
