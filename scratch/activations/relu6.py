"""Rectified linear unit that stops at 6, torch's `relu6`.

Source: Krizhevsky, 2010, "Convolutional Deep Belief Networks on CIFAR-10".

Formula:

    y = min(max(x, 0), 6)

Gradient: y is x between 0 and 6 and constant outside, so dy/dx = 1 where 0 < x < 6 and 0 elsewhere. At the kinks x = 0
and x = 6 any value in [0, 1] is a subgradient; 0 is taken.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the same subgradients. NaN passes through; at NaN torch's gradient is 0 where it works on whole vectors,
and `grad` in the remainder of the array, and here it is `grad`.

Example:

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
