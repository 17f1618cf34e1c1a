"""Step function, torch's `heaviside`.

Source: Heaviside, 1893; as an activation: McCulloch and Pitts, 1943.

Formula:

    y = 0         where x < 0
    y = values    where x = 0
    y = 1         where x > 0

Gradient: y is constant on both sides, so dy/dx = 0 where x is not 0. At the jump 0 is taken as well, so no gradient
descent gets past a step. `values` counts as a constant.

Shapes: `input` and `values` broadcast to the shape of the output.

Errors: ValueError for shapes that do not broadcast.

torch: raises in the backward, so the twin detaches its inputs and takes the gradient of a sign, which is 0. NaN gives
0, here as in torch.

Example:

>>> forward(np.array([-2.0, 0.0, 3.0]), np.array(0.5)).tolist()
[0.0, 0.5, 1.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-2.0, 0.0, 3.0]), np.array(0.5)).tolist()
[0.0, 0.0, 0.0]
"""

import numpy as np


def forward(input, values):
    """Return 0 where `input` is negative, `values` where it is 0, and 1 where it is positive."""
    return np.where(input == 0, values, (input > 0).astype(input.dtype))


def backward(grad, input, values):
    """Return the gradient of `input`."""
    return np.zeros_like(input)
