"""P03, lecture D, back-propagation in matrix notation: where it begins, at what the last layer adds up, a_L.

Source: lecture D, which prints it with an error.

Formula:

    F = |h(a_L) - y|^2, with h the sigmoid
    printed: dF/da_L = 2 (h(a_L) + y) * h'(a_L)        correct: dF/da_L = 2 (h(a_L) - y) * h'(a_L)

a_L is `input` and y is `target`.

Gradient: by the chain rule the square gives 2 (h(a_L) - y), and the activation h' = h (1 - h). What is printed has one
sign for all targets in [0, 1], so every output is driven to 0. Both are multiplied by `grad`.

Shapes: `input` and `target` have one shape; the loss is a sum, without a dimension.

torch: has it as `mse_loss` of a sigmoid, summed, and autograd returns the correct form.

Example:

>>> import numpy as np
>>> backward(np.array(1.0), np.array([0.0]), np.array([1.0])).tolist()
[-0.25]
>>> backward_as_printed(np.array(1.0), np.array([0.0]), np.array([1.0])).tolist()
[0.75]
"""

from scratch.activations import sigmoid
from scratch.losses import squared_error


def forward(input, target):
    """Return the squared error of the last layer, summed."""
    return squared_error.forward(sigmoid.forward(input), target, "sum")


def backward(grad, input, target):
    """Return the gradient of `input`."""
    return sigmoid.backward(squared_error.backward(grad, sigmoid.forward(input), target, "sum").input, input)


def backward_as_printed(grad, input, target):
    """Return what is printed."""
    return sigmoid.backward(2 * grad * (sigmoid.forward(input) + target), input)
