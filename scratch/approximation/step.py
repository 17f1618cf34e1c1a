"""One steep sigmoid, a step.

Source: Cybenko, 1989, doi:10.1007/BF02551274.

Formula: the larger w, the steeper. The step, where y = 1/2, is at x = -b / w: at 0.2 for w = 100, b = -20.

    y = s(w x + b),    s the sigmoid,    w is `weight`,    b is `bias`

Gradient: with z = w x + b, s'(z) = s(z) (1 - s(z)) = s(z) s(-z). With g = dL/dy, dL/dx = g s'(z) w; w and b act on
every x, so summed over them dL/dw = sum g s'(z) x and dL/db = sum g s'(z).

Shapes: `input` and the output have one shape, any; `weight` and `bias` are numbers.

Errors: ValueError for a `weight` or `bias` that has dimensions.

torch: has none; the twin is written with `torch.sigmoid`.

Example:

>>> forward(np.array([0.1, 0.2, 0.3]), np.array(100.0), np.array(-20.0)).round(4).tolist()
[0.0, 0.5, 1.0]
>>> backward(np.array([1.0]), np.array([0.2]), np.array(100.0), np.array(-20.0)).input.tolist()
[25.0]
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import sigmoid


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray


def forward(input, weight, bias):
    """Return the step of `input`, elementwise."""
    return sigmoid.forward(_argument(input, weight, bias))


def backward(grad, input, weight, bias):
    """Return the gradients of `input`, `weight` and `bias`."""
    slope = sigmoid.backward(grad, _argument(input, weight, bias))
    return Gradients(slope * weight, np.sum(slope * input), np.sum(slope))


def _argument(input, weight, bias):
    if np.ndim(weight) or np.ndim(bias):
        raise ValueError(f"Expected weight and bias to be numbers; got shapes {np.shape(weight)} and {np.shape(bias)}.")
    return weight * input + bias
