"""Layer normalization, torch's `layer_norm`.

Source: Ba, Kiros and Hinton, 2016, "Layer Normalization", arXiv:1607.06450.

Formula:

    y = w z + b,   z = (x - m) r,   r = 1 / sqrt(v + eps)
    m = mean x,   v = mean (x - m)^2        over the n elements of the last dimensions

Gradient: let g = dL/dz = w dL/dy. x reaches z by itself, which gives r g, through m and through v. dL/dm = -r sum g and
dm/dx = 1 / n give -r mean g. v does not change with m, since mean(x - m) = 0. dr/dv = -r^3 / 2, so
dL/dv = sum g (x - m) dr/dv = -r^2 sum(g z) / 2, and with dv/dx = 2 (x - m) / n = 2 z / (r n) this gives -r z mean(g z).
Together dL/dx = r (g - mean g - z mean(g z)). Summed over the samples, dL/dw = sum dL/dy z and dL/db = sum dL/dy.

Options:
    weight, bias: w and b; None for 1 and 0.
    eps: added to the variance, so that equal elements divide nothing by 0.

Shapes: `input` is (..., *normalized_shape), `weight` and `bias` have the shape `normalized_shape`, a sequence of at
least one size.

Errors: ValueError for shapes that do not fit.

torch: computes the same. The variance divides by the number of elements, not by one less.

Example:

>>> forward(np.array([[1.0, 3.0]]), (2,), eps=3.0).tolist()
[[-0.5, 0.5]]
>>> backward(np.array([[1.0, 0.0]]), np.array([[1.0, 3.0]]), (2,), eps=3.0).input.tolist()
[[0.1875, -0.1875]]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._normalize import affine, mean, moments, require_shape, standardize, trailing_axes


class Gradients(NamedTuple):
    """Gradients by input; None for a parameter that was not given."""

    input: np.ndarray
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None


def forward(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Return `input` normalized over its last dimensions."""
    z, _, _ = _normal(input, normalized_shape, weight, bias, eps)
    return affine(z, weight, 0.0 if bias is None else bias)  # torch adds the 0 too, so that no zero is negative


def backward(grad, input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Return the gradients of `input`, `weight` and `bias`."""
    z, r, axes = _normal(input, normalized_shape, weight, bias, eps)
    g = affine(grad, weight, None)
    return Gradients(
        input=r * (g - mean(g, axes) - z * mean(g * z, axes)),
        weight=None if weight is None else unbroadcast(grad * z, weight.shape),
        bias=None if bias is None else unbroadcast(grad, bias.shape),
    )


def _normal(input, normalized_shape, weight, bias, eps):
    """Return z, r and the axes of the mean."""
    axes = trailing_axes(input, normalized_shape)
    require_shape(normalized_shape, weight=weight, bias=bias)
    m, v = moments(input, axes)
    return *standardize(input, m, v, eps), axes
