"""Threshold, torch's `threshold`.

Source: PyTorch's documentation of `Threshold`.

Formula:

    y = x        where x > threshold
    y = value    elsewhere

Gradient: x has the derivative 1, a constant 0, so dL/dx = dL/dy where x > threshold and 0 elsewhere. At x = threshold,
where y jumps unless value = threshold, 0 is taken.

Shapes: `input`, `grad` and the results all have one shape, any; `threshold` and `value` are numbers.

torch: takes 0 at the threshold, too, and lets NaN through both ways, as here.

Example:

>>> forward(np.array([-1.0, 1.0, 2.0]), 1.0, -3.0).tolist()
[-3.0, -3.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 1.0, 2.0]), 1.0, -3.0).tolist()
[0.0, 0.0, 1.0]
"""

import numpy as np


def forward(input, threshold, value):
    """Return `input` where it is above `threshold`, `value` elsewhere."""
    # asked for what is replaced, not for what stays: NaN, for which no comparison holds, passes through
    return np.where(input <= threshold, value, input)


def backward(grad, input, threshold, value):
    """Return the gradient of `input`."""
    return np.where(input <= threshold, 0, grad)
