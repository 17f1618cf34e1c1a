"""Squares of the features, torch's `square`: a line becomes an ellipse.

Source: Cover, 1965, doi:10.1109/PGEC.1965.264137.

Formula:

    y = (x_1^2, ..., x_d^2)

Gradient: dy_i/dx_i = 2 x_i, and no feature acts on another's square, so dL/dx_i = 2 g_i x_i with g = dL/dy.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: computes the same.

Example:

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
