"""Identity, torch's `Identity`.

Source: PyTorch's documentation of `Identity`.

Formula:

    y = x

Gradient: dy/dx = 1, so dL/dx = dL/dy.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: returns its argument; here the results are copies.

Example:

>>> forward(np.array([-1.0, 2.0])).tolist()
[-1.0, 2.0]
>>> backward(np.array([0.5, 1.0]), np.array([-1.0, 2.0])).tolist()
[0.5, 1.0]
"""

import numpy as np


def forward(input):
    """Return a copy of `input`."""
    return np.array(input)


def backward(grad, input):
    """Return the gradient of `input`."""
    return np.array(grad)
