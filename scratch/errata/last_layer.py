"""P03, lecture D, back-propagation in matrix notation: where it begins, at what the last layer adds up, a_L.

    F = |h(a_L) - y|^2, with h the sigmoid
    printed: dF/da_L = 2 (h(a_L) + y) * h'(a_L)        correct: dF/da_L = 2 (h(a_L) - y) * h'(a_L)

by the chain rule: the square gives 2 (h(a_L) - y), the activation h' = h (1 - h). What is printed has one sign for all
targets in [0, 1], so every output is driven to 0.

Shapes: `input`, a_L, and `target`, y, have one shape; the loss is a sum, without a dimension.

>>> backward(np.array(1.0), np.array([0.0]), np.array([1.0])).tolist()
[-0.25]
>>> backward_as_printed(np.array(1.0), np.array([0.0]), np.array([1.0])).tolist()
[0.75]
"""

import numpy as np

from scratch.activations import sigmoid


def forward(input, target):
    """Return the squared error of the last layer, summed."""
    return np.sum((sigmoid.forward(input) - target) ** 2)


def backward(grad, input, target):
    """Return the gradient of `input`."""
    return sigmoid.backward(2 * grad * (sigmoid.forward(input) - target), input)


def backward_as_printed(grad, input, target):
    """Return what is printed."""
    return sigmoid.backward(2 * grad * (sigmoid.forward(input) + target), input)
