"""Leaky rectified linear unit, torch's `leaky_relu`.

Source: Maas, Hannun and Ng, 2013, "Rectifier Nonlinearities Improve Neural Network Acoustic Models".

Formula:

    y = x                   where x > 0
    y = negative_slope x    elsewhere

Gradient: both pieces are straight, so dy/dx = 1 where x > 0 and negative_slope where x < 0. At the kink x = 0 any value
between negative_slope and 1 is a subgradient; negative_slope is taken.

Options:
    negative_slope: the slope where x is negative.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the same subgradient at 0. NaN passes through, and both take the slope `negative_slope` there.

Example:

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
    # a 1 of the input's type: from two Python numbers np.where would make float64
    return np.where(x > 0, x.dtype.type(1), negative_slope)
