"""Threshold, torch's `threshold`.

    y = x if x > t, else v        (t is `threshold`, v is `value`)

Gradient: dL/dx = dL/dy where x > t and 0 elsewhere. At x = t, where y jumps unless v = t, 0 is taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any. NaN passes through.

>>> forward(np.array([-1.0, 1.0, 2.0]), 1.0, -3.0).tolist()
[-3.0, -3.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 1.0, 2.0]), 1.0, -3.0).tolist()
[0.0, 0.0, 1.0]
"""

import numpy as np


def forward(input, threshold, value):
    """Return `input` where it is above `threshold`, `value` elsewhere."""
    return np.where(input <= threshold, value, input)


def backward(grad, input, threshold, value):
    """Return the gradient of `input`."""
    return np.where(input <= threshold, 0, grad)
