"""Hard shrinkage (Donoho and Johnstone, 1994, "Ideal Spatial Adaptation by Wavelet Shrinkage").

    y = 0 if -l <= x <= l, else x        (l is `lambd`)

Gradient: dy/dx = 0 where -l <= x <= l and 1 elsewhere. At x = -l and x = l, where y jumps, 0 is taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through. A negative `lambd` shrinks nothing.

>>> forward(np.array([-1.0, -0.5, 0.25, 2.0])).tolist()
[-1.0, 0.0, 0.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0, 1.0]), np.array([-1.0, -0.5, 0.25, 2.0])).tolist()
[1.0, 0.0, 0.0, 1.0]
"""

import numpy as np


def forward(input, lambd=0.5):
    """Return `input` with what is small set to 0."""
    return np.where((input >= -lambd) & (input <= lambd), 0, input)


def backward(grad, input, lambd=0.5):
    """Return the gradient of `input`."""
    return np.where((input >= -lambd) & (input <= lambd), 0, grad)
