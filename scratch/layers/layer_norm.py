"""Layer normalization (Ba, Kiros and Hinton, 2016, arXiv:1607.06450).

    y = w z + b,   z = (x - m) / sqrt(v + e)        m, v: mean and variance over the last dimensions

Gradient: with g = w dL/dy and r = 1 / sqrt(v + e), dL/dx = r (g - mean g - z mean(g z)), since both statistics depend
on x (see `scratch._normalize`). Summed over the samples, dL/dw = sum dL/dy z and dL/db = sum dL/dy.

Shapes: `input` (..., *normalized_shape), `weight` and `bias` of the shape `normalized_shape`, a sequence of at least
one size. ValueError for shapes that do not fit.

The variance divides by the number of elements, not by one less.

>>> forward(np.array([[1.0, 3.0]]), (2,), eps=3.0).tolist()
[[-0.5, 0.5]]
>>> backward(np.array([[1.0, 0.0]]), np.array([[1.0, 3.0]]), (2,), eps=3.0).input.tolist()
[[0.1875, -0.1875]]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._normalize import affine, moments, pull, require_shape, standardize, trailing


class Gradients(NamedTuple):
    """Gradients by input; None for a parameter that was not given."""

    input: np.ndarray
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None


def forward(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Return `input` normalized over its last dimensions."""
    z, _, _ = _normal(input, normalized_shape, weight, bias, eps)
    return affine(z, weight, 0.0 if bias is None else bias)  # torch adds it too, so that no zero is negative


def backward(grad, input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Return the gradients of `input`, `weight` and `bias`."""
    z, r, axes = _normal(input, normalized_shape, weight, bias, eps)
    return Gradients(
        input=pull(affine(grad, weight, None), z, r, axes),
        weight=None if weight is None else unbroadcast(grad * z, weight.shape),
        bias=None if bias is None else unbroadcast(grad, bias.shape),
    )


def _normal(input, normalized_shape, weight, bias, eps):
    axes = trailing(input, normalized_shape)
    require_shape(normalized_shape, weight=weight, bias=bias)
    m, v = moments(input, axes)
    return *standardize(input, m, v, eps), axes
