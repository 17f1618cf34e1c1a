"""Rectified linear unit that stops at 6 (Krizhevsky, 2010, "Convolutional Deep Belief Networks on CIFAR-10").

    y = min(max(x, 0), 6)

Gradient: dy/dx = 1 where 0 < x < 6 and 0 elsewhere. At the kinks x = 0 and x = 6 any value in [0, 1] is a subgradient;
0 is taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through.

>>> import numpy as np
>>> forward(np.array([-1.0, 2.0, 7.0])).tolist()
[0.0, 2.0, 6.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 2.0, 6.0])).tolist()
[0.0, 1.0, 0.0]
"""

from scratch.activations import hardtanh


def forward(input):
    """Return `input`, cut off at 0 and 6."""
    return hardtanh.forward(input, 0.0, 6.0)


def backward(grad, input):
    """Return the gradient of `input`."""
    return hardtanh.backward(grad, input, 0.0, 6.0)
