"""Hard sigmoid (Courbariaux, Bengio and David, 2015, arXiv:1511.00363; with the slope 1/6 of Howard et al., 2019,
arXiv:1905.02244).

    y = min(max(x + 3, 0), 6) / 6

Gradient: dy/dx = 1/6 where -3 < x < 3 and 0 elsewhere. At the kinks x = -3 and x = 3 any value in [0, 1/6] is a
subgradient; 0 is taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through.

torch keeps the slope as a float32 number on the CPU: its float64 gradient is 0.16666667163, too large by 3e-8.

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
