"""Randomised leaky rectified linear unit (Xu, Wang, Chen and Li, 2015, arXiv:1505.00853).

    training:  y = x if x > 0, else s x             with a slope s in [lower, upper] for every element
    else:      y = x if x > 0, else (l + u) x / 2   with the mean of lower and upper

torch draws the slopes; here they are given, so that the function is pure.

Gradient: dy/dx = 1 where x > 0 and the slope elsewhere. At the kink x = 0 any value between the slope and 1 is a
subgradient; the slope is taken, as torch does. The slopes are noise, without a gradient.

Shapes: `input`, `slopes`, `grad` and the results all have one shape, any. ValueError for bounds that are not finite or
in the wrong order and, in training, for slopes that are missing, of another shape or out of bounds.

>>> forward(np.array([-1.0, 2.0]), 0.25, 0.75).tolist()
[-0.5, 2.0]
>>> forward(np.array([-1.0, 2.0]), 0.25, 0.75, training=True, slopes=np.array([0.25, 0.5])).tolist()
[-0.25, 2.0]
>>> backward(np.array([1.0, 1.0]), np.array([-1.0, 2.0]), 0.25, 0.75).tolist()
[0.5, 1.0]
"""

import math

import numpy as np

from scratch.activations import leaky_relu


def forward(input, lower=1.0 / 8, upper=1.0 / 3, training=False, slopes=None):
    """Return `input` where it is positive, a slope times `input` elsewhere."""
    return leaky_relu.forward(input, _slopes(input, lower, upper, training, slopes))


def backward(grad, input, lower=1.0 / 8, upper=1.0 / 3, training=False, slopes=None):
    """Return the gradient of `input`."""
    return leaky_relu.backward(grad, input, _slopes(input, lower, upper, training, slopes))


def _slopes(input, lower, upper, training, slopes):
    if not -math.inf < lower <= upper < math.inf:
        raise ValueError(f"Expected lower and upper to be finite and in this order; got {lower!r} and {upper!r}.")
    if not training:
        return (lower + upper) / 2
    if slopes is None or slopes.shape != input.shape:
        got = None if slopes is None else slopes.shape
        raise ValueError(f"Expected slopes in the shape of input, {input.shape}, for training; got {got}.")
    if not np.all((slopes >= lower) & (slopes <= upper)):
        raise ValueError(f"Expected slopes from {lower} to {upper}; got {slopes.min()} to {slopes.max()}.")
    return slopes
