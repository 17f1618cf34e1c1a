"""Hard swish (Howard et al., 2019, arXiv:1905.02244).

    y = x h(x),    h(x) = min(max(x + 3, 0), 6) / 6, the hard sigmoid

Gradient: dy/dx = 0 where x <= -3, 1 where x >= 3, and h(x) + x / 6 = x / 3 + 1/2 between. At the kinks any value in
[-1/2, 0] is a subgradient for x = -3, and any in [1, 3/2] for x = 3; 0 and 1 are taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through.

torch computes (6 x) / 6 for large x, which is infinite from a sixth of the largest number on.

>>> forward(np.array([-4.0, -1.5, 4.0])).tolist()
[-0.0, -0.375, 4.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-3.0, 0.0, 3.0])).tolist()
[0.0, 0.5, 1.0]
"""

import numpy as np

from scratch.activations import hardsigmoid


def forward(input):
    """Return the hard swish of `input`, elementwise."""
    return input * hardsigmoid.forward(input)


def backward(grad, input):
    """Return the gradient of `input`."""
    slope = np.where(input >= 3, 1, input / 3 + 0.5)
    return np.where(input <= -3, 0, grad * slope)
