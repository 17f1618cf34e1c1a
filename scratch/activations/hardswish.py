"""Hard swish, torch's `hardswish`: x times its hard sigmoid.

Source: Howard et al., 2019, arXiv:1905.02244.

Formula:

    y = x h(x),    h(x) = min(max(x + 3, 0), 6) / 6, the hard sigmoid

Gradient: by the product rule dy/dx = h(x) + x h'(x). Where x <= -3 both h and h' are 0, and so is dy/dx; where x >= 3,
h = 1 and h' = 0, so it is 1; between, it is (x + 3) / 6 + x / 6 = x / 3 + 1/2. At the kinks any value in [-1/2, 0] is a
subgradient for x = -3, and any in [1, 3/2] for x = 3; 0 and 1 are taken.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the same subgradients. It computes (6 x) / 6 for large x, which is infinite from a sixth of the largest
number on. NaN passes through; at NaN torch's gradient is NaN where it works on whole vectors, and `grad` in the
remainder of the array, and here it is NaN.

Example:

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
