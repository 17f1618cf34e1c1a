"""Group normalization, torch's `group_norm`.

Source: Wu and He, 2018, "Group Normalization", arXiv:1803.08494.

Formula:

    y = w z + b,   z = (x - m) r,   r = 1 / sqrt(v + eps)
    m = mean x,   v = mean (x - m)^2        over the n numbers of a group of channels of one sample

Gradient: let g = dL/dz = w dL/dy. x reaches z by itself, which gives r g, through m and through v. dL/dm = -r sum g and
dm/dx = 1 / n give -r mean g. v does not change with m, since mean(x - m) = 0. dr/dv = -r^3 / 2, so
dL/dv = sum g (x - m) dr/dv = -r^2 sum(g z) / 2, and with dv/dx = 2 (x - m) / n = 2 z / (r n) this gives -r z mean(g z).
Together dL/dx = r (g - mean g - z mean(g z)). By channel, dL/dw = sum dL/dy z and dL/db = sum dL/dy.

Options:
    weight, bias: w and b; None for 1 and 0.
    eps: added to the variance, so that a group that is constant divides nothing by 0.

Shapes: `input` is (N, C, ...), `weight` and `bias` are (C,). `num_groups` is an integer that divides C.

Errors: ValueError for shapes that do not fit, a number of groups that does not divide C, and where torch sees one
element only: a single sample whose groups hold one number each.

torch: fails at the gradient of a bias without a weight ("tensor does not have a device"), and finds NaN for that of a
weight where there is nothing to sum. Here they are the sums, too.

Example:

>>> forward(np.array([[1.0, 3.0, 5.0, 5.0]]), 2, eps=3.0).tolist()
[[-0.5, 0.5, 0.0, 0.0]]
>>> backward(np.array([[1.0, 0.0]]), np.array([[1.0, 3.0]]), 1, eps=3.0).input.tolist()
[[0.1875, -0.1875]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._normalize import affine, by_channel, by_channel_backward, mean, moments, require_shape, standardize


class Gradients(NamedTuple):
    """Gradients by input; None for a parameter that was not given."""

    input: np.ndarray
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None


def forward(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Return `input` normalized within groups of channels."""
    z, _ = _normal(input, num_groups, weight, bias, eps)
    return affine(z.reshape(input.shape), by_channel(weight, input.ndim), by_channel(bias, input.ndim))


def backward(grad, input, num_groups, weight=None, bias=None, eps=1e-5):
    """Return the gradients of `input`, `weight` and `bias`."""
    z, r = _normal(input, num_groups, weight, bias, eps)
    g = affine(grad, by_channel(weight, input.ndim), None).reshape(z.shape)
    return Gradients(
        input=(r * (g - mean(g, (2,)) - z * mean(g * z, (2,)))).reshape(input.shape),
        weight=by_channel_backward(grad * z.reshape(input.shape), weight),
        bias=by_channel_backward(grad, bias),
    )


def _normal(input, num_groups, weight, bias, eps):
    """Return z, with one axis for the numbers of a group, and r."""
    if input.ndim < 2:
        raise ValueError(f"Expected input to have at least two dimensions, (N, C, ...); got {input.shape}.")
    samples, channels, *rest = input.shape
    if num_groups < 1 or channels % num_groups:
        raise ValueError(f"Expected num_groups to divide the {channels} channels; got {num_groups!r}.")
    require_shape((channels,), weight=weight, bias=bias)
    size = channels // num_groups * math.prod(rest)
    if samples * size == 1:
        raise ValueError(f"Expected more than one number in a group; got shape {input.shape} in {num_groups} groups.")
    x = input.reshape(samples, num_groups, size)
    m, v = moments(x, (2,))
    return standardize(x, m, v, eps)
