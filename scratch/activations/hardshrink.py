"""Hard shrinkage, torch's `hardshrink`: what is small becomes 0.

Source: Donoho and Johnstone, 1994, "Ideal Spatial Adaptation by Wavelet Shrinkage".

Formula:

    y = 0    where -lambd <= x <= lambd
    y = x    elsewhere

Gradient: a constant has the derivative 0, and x has 1, so dy/dx = 0 where -lambd <= x <= lambd and 1 elsewhere. At
x = -lambd and x = lambd, where y jumps, 0 is taken.

Options:
    lambd: the largest size that is set to 0; a negative one shrinks nothing.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes 0 at both jumps, too. NaN passes through; at NaN torch's gradient is 0 where it works on whole vectors, and
`grad` in the remainder of the array, and here it is `grad`.

Example:

>>> forward(np.array([-1.0, -0.5, 0.25, 2.0])).tolist()
[-1.0, 0.0, 0.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0, 1.0]), np.array([-1.0, -0.5, 0.25, 2.0])).tolist()
[1.0, 0.0, 0.0, 1.0]
"""

import numpy as np


def forward(input, lambd=0.5):
    """Return `input` with what is small set to 0."""
    # asked for what becomes 0, not for what stays: NaN, for which no comparison holds, passes through
    return np.where((input >= -lambd) & (input <= lambd), 0, input)


def backward(grad, input, lambd=0.5):
    """Return the gradient of `input`."""
    return np.where((input >= -lambd) & (input <= lambd), 0, grad)
