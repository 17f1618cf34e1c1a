"""Randomised leaky rectified linear unit, torch's `rrelu`: a leaky one whose slopes are drawn in training.

Source: Xu, Wang, Chen and Li, 2015, arXiv:1505.00853.

Formula: with a slope s for every element,

    y = x      where x > 0
    y = s x    elsewhere,    s from `slopes` in training, s = (lower + upper) / 2 else

Gradient: both pieces are straight, so dy/dx = 1 where x > 0 and s where x < 0. At the kink x = 0 any value between s
and 1 is a subgradient; s is taken. The slopes are noise, without a gradient.

Options:
    lower, upper: the bounds of the slopes, whose mean is the slope outside of training.
    training: True takes the given slopes, False their mean.
    slopes: the slopes that were drawn, from lower to upper; only training takes them.

Shapes: `input`, `slopes`, `grad` and the results all have one shape, any.

Errors: ValueError for bounds that are not finite or in the wrong order and, in training, for slopes that are missing,
of another shape or out of bounds.

torch: draws the slopes, uniformly; here they are given, so that the function is pure. It takes the same subgradient at
0.

Example:

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
    # asked this way round, so that a bound of NaN is refused, too
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
