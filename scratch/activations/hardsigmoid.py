"""Hard sigmoid, torch's `hardsigmoid`: a sigmoid of three straight pieces.

Source: Courbariaux, Bengio and David, 2015, arXiv:1511.00363; the slope 1/6: Howard et al., 2019, arXiv:1905.02244.

Formula:

    y = min(max(x + 3, 0), 6) / 6

Gradient: between the bounds y = (x + 3) / 6, outside of them y is constant, so dy/dx = 1/6 where -3 < x < 3 and 0
elsewhere. At the kinks x = -3 and x = 3 any value in [0, 1/6] is a subgradient; 0 is taken.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the same subgradients. On the CPU it keeps the slope as a float32 number: its float64 gradient is
0.16666667163, too large by 3e-8. NaN passes through; at NaN torch's gradient is 0, and here it is a sixth of `grad`.

Example:

>>> forward(np.array([-4.0, 0.0, 1.5])).tolist()
[0.0, 0.5, 0.75]
>>> backward(np.array([6.0, 6.0, 6.0]), np.array([-4.0, 0.0, 3.0])).tolist()
[0.0, 1.0, 0.0]
"""

import numpy as np


def forward(input):
    """Return the hard sigmoid of `input`, elementwise."""
    return np.clip(input + 3, 0, 6) / 6


def backward(grad, input):
    """Return the gradient of `input`."""
    return np.where((input <= -3) | (input >= 3), 0, grad / 6)
