"""Parametric rectified linear unit, torch's `prelu`: a leaky one whose slope is learned.

Source: He, Zhang, Ren and Sun, 2015, arXiv:1502.01852.

Formula: with w the `weight`, one for all or one for each channel,

    y = x      where x > 0
    y = w x    elsewhere

Gradient: dy/dx = 1 where x > 0 and w elsewhere; dy/dw = 0 where x > 0 and x elsewhere. All elements that share a weight
act on L through it, so dL/dw is the sum of g dy/dw over them, with g = dL/dy. At the kink x = 0 any value between w and
1 is a subgradient of x; w is taken.

Shapes: `input` is (C,), (N, C) or (N, C, d1, ...), the channels on its second axis, or zero-dimensional; `weight` is
(), (1,) or (C,), where an `input` of one dimension at most has one channel.

Errors: ValueError for a `weight` that does not fit.

torch: takes the same subgradient at 0.

Example:

>>> forward(np.array([[-1.0, -2.0], [3.0, -4.0]]), np.array([0.25, 0.5])).tolist()
[[-0.25, -1.0], [3.0, -2.0]]
>>> backward(np.ones((2, 2)), np.array([[-1.0, -2.0], [3.0, -4.0]]), np.array([0.25, 0.5])).weight.tolist()
[-1.0, -6.0]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch.activations import leaky_relu


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    weight: np.ndarray


def forward(input, weight):
    """Return `input` where it is positive, `weight * input` elsewhere."""
    return leaky_relu.forward(input, _along_channels(weight, input))


def backward(grad, input, weight):
    """Return the gradients of `input` and `weight`."""
    w = _along_channels(weight, input)
    of_weight = unbroadcast(grad * np.where(input > 0, 0, input), w.shape)
    return Gradients(leaky_relu.backward(grad, input, w), of_weight.reshape(weight.shape))


def _along_channels(weight, input):
    """Return the weight in a shape that broadcasts along the channels of `input`."""
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.size not in (1, channels):
        raise ValueError(f"Expected weight to have shape (), (1,) or ({channels},); got {weight.shape}.")
    return weight.reshape(() if weight.size == 1 else (channels, *(1,) * (input.ndim - 2)))
