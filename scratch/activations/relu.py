"""Rectified linear unit, torch's `relu`.

Source: Nair and Hinton, 2010, "Rectified Linear Units Improve Restricted Boltzmann Machines", ICML.

Formula:

    y = max(x, 0)

Gradient: y is x where x > 0 and 0 where x < 0, so dL/dx = dL/dy where x > 0 and 0 elsewhere. At the kink x = 0 any
value in [0, 1] times dL/dy is a subgradient; 0 is taken.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the same subgradient at 0, and lets NaN through both ways, as here.

Example:

>>> forward(np.array([-1.0, 0.0, 2.0])).tolist()
[0.0, 0.0, 2.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0])).tolist()
[0.0, 0.0, 1.0]
"""

import numpy as np


def forward(input):
    """Return max(input, 0), elementwise."""
    return np.where(input < 0, 0, input)


def backward(grad, input):
    """Return the gradient of `input`."""
    return np.where(input <= 0, 0, grad)
