"""Sigmoid linear unit, or swish (Elfwing, Uchibe and Doya, 2017, arXiv:1702.03118).

    y = x s(x),    s(x) = 1 / (1 + exp(-x))

Gradient: dy/dx = s + x s (1 - s), with 1 - s computed as s(-x), since it has no digits left where s is near 1.

Shapes: `input`, `grad` and the results all have one shape, any.

>>> import numpy as np
>>> forward(np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[-0.2689, 0.0, 1.7616]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[0.0723, 0.5, 1.0908]
"""

from scipy.special import expit


def forward(input):
    """Return the SiLU of `input`, elementwise."""
    return input * expit(input)


def backward(grad, input):
    """Return the gradient of `input`."""
    return grad * expit(input) * (1 + input * expit(-input))
