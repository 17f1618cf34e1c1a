"""Squares of the features (Cover, 1965, doi:10.1109/PGEC.1965.264137): a line becomes an ellipse.

    y = (x_1^2, ..., x_d^2)

Gradient: dL/dx_i = 2 g_i x_i.

Shapes: `input`, `grad` and the results all have one shape, any.

>>> forward(np.array([[1.0, -3.0]])).tolist()
[[1.0, 9.0]]
>>> backward(np.array([[1.0, 2.0]]), np.array([[1.0, -3.0]])).tolist()
[[2.0, -12.0]]
"""

import numpy as np


def forward(input):
    """Return the square of `input`, elementwise."""
    return np.square(input)


def backward(grad, input):
    """Return the gradient of `input`."""
    return 2 * grad * input
