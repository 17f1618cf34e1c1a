"""Rectified linear unit (Nair and Hinton, 2010, "Rectified Linear Units Improve Restricted Boltzmann Machines").

    y = max(x, 0)

Gradient: y is x where x > 0 and 0 where x < 0, so dL/dx = dL/dy where x > 0 and 0 elsewhere. At the kink x = 0 any
value in [0, 1] times dL/dy is a subgradient; 0 is taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any. NaN passes through both ways, as in torch.

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
