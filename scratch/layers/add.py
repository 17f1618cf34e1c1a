"""Addition, torch's `add`; of x and f(x) it is a residual connection.

Source: the definition in PyTorch's documentation; residual connections: He, Zhang, Ren and Sun, 2015, "Deep Residual
Learning for Image Recognition", arXiv:1512.03385.

Formula:

    y = u + alpha v        u, v: the two inputs

Gradient: with g = dL/dy, dL/du = g and dL/dv = alpha g, each summed over what its input was broadcast along. Hence
x + f(x) has dL/dx = g + f'(x)' g, which no depth of f can make vanish.

Options:
    alpha: the factor of v.

Shapes: `input` and `other` broadcast to the shape of the result.

Errors: ValueError for shapes that do not broadcast. TypeError for an `alpha` that is a bool, but for inputs of
bools, or no integer for inputs of integers.

torch: computes the same, and refuses the same `alpha`.

Example:

>>> forward(np.array([[1.0], [2.0]]), np.array([10.0, 20.0]), alpha=2).tolist()
[[21.0, 41.0], [22.0, 42.0]]
>>> backward(np.ones((2, 2)), np.array([[1.0], [2.0]]), np.array([10.0, 20.0]), alpha=2).other.tolist()
[4.0, 4.0]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    other: np.ndarray


def forward(input, other, *, alpha=1):
    """Return `input` plus `alpha` times `other`."""
    dtype = np.result_type(input, other)
    if isinstance(alpha, bool) and dtype.kind != "b":
        raise TypeError(f"Expected alpha to be a number; got {alpha!r}.")
    if isinstance(alpha, float) and dtype.kind != "f":
        raise TypeError(f"Expected alpha to be an integer for inputs of integers; got {alpha!r}.")
    return input + alpha * other


def backward(grad, input, other, *, alpha=1):
    """Return the gradients of `input` and `other`."""
    return Gradients(input=unbroadcast(grad, input.shape), other=alpha * unbroadcast(grad, other.shape))
