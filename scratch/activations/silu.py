"""Sigmoid linear unit, or swish, torch's `silu`.

Source: Elfwing, Uchibe and Doya, 2017, arXiv:1702.03118.

Formula:

    y = x s(x),    s(x) = 1 / (1 + exp(-x))

Gradient: s' = s (1 - s), so by the product rule dy/dx = s + x s (1 - s) = s (1 + x (1 - s)). 1 - s is computed as
s(-x), since the difference has no digits left where s is near 1.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: computes the same, NaN included.

Example:

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
    # expit(-x) is 1 - s without the cancellation
    return grad * expit(input) * (1 + input * expit(-input))
