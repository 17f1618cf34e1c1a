"""Leaky rectified linear unit (Maas, Hannun and Ng, 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic
Models").

    y = x if x > 0, else a x        (a is `negative_slope`)

Gradient: dy/dx = 1 where x > 0 and a elsewhere. At the kink x = 0 any value between a and 1 is a subgradient; a is
taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through.

>>> forward(np.array([-1.0, 0.0, 2.0]), 0.25).tolist()
[-0.25, 0.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0]), 0.25).tolist()
[0.25, 0.25, 1.0]
"""

import numpy as np


def forward(input, negative_slope=0.01):
    """Return `input` where it is positive, `negative_slope * input` elsewhere."""
    return input * _slope(input, negative_slope)


def backward(grad, input, negative_slope=0.01):
    """Return the gradient of `input`."""
    return grad * _slope(input, negative_slope)


def _slope(x, negative_slope):
    return np.where(x > 0, x.dtype.type(1), negative_slope)
