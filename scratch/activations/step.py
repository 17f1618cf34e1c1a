"""Step function (Heaviside, 1893; as an activation: McCulloch and Pitts, 1943), torch's `heaviside`.

    y = 0 if x < 0,  v if x = 0,  1 if x > 0        (v is `values`)

Gradient: dy/dx = 0 where x is not 0; at the jump 0 is taken as well, so no gradient descent gets past a step. torch
has no gradient at all. `values` counts as a constant.

Shapes: `input` and `values` broadcast to the shape of the output; ValueError where they do not. NaN gives 0, as in
torch.

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
