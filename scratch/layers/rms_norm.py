"""Root mean square normalization, torch's `rms_norm`.

Source: Zhang and Sennrich, 2019, "Root Mean Square Layer Normalization", arXiv:1910.07467.

Formula:

    y = w z,   z = x r,   r = 1 / sqrt(mean x^2 + eps)        the mean over the n elements of the last dimensions

Gradient: let g = dL/dz = w dL/dy. dr/dx_k = -r^3 / 2 (2 x_k / n) = -r^3 x_k / n, so
dL/dx_k = r g_k + sum_i g_i x_i dr/dx_k = r g_k - r^3 x_k / n sum_i g_i x_i. With z = x r this is
dL/dx = r (g - z mean(g z)). Summed over the samples, dL/dw = sum dL/dy z.

Options:
    weight: w; None for 1.
    eps: added to the mean square; None for the distance from 1 to the next number in the type of `input`.

Shapes: `input` is (..., *normalized_shape), `weight` has the shape `normalized_shape`, a sequence of at least one size.

Errors: ValueError for shapes that do not fit.

torch: takes the same `eps` where none is given; the paper has none.

Example:

>>> forward(np.array([[1.0, 7.0]]), (2,), eps=0.0).tolist()
[[0.2, 1.4000000000000001]]
>>> backward(np.array([[1.0, 0.0]]), np.array([[1.0, 1.0]]), (2,), eps=3.0).input.tolist()
[[0.4375, -0.0625]]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._normalize import affine, mean, require_shape, standardize, trailing_axes


class Gradients(NamedTuple):
    """Gradients by input; that of `weight` is None where no weight was given."""

    input: np.ndarray
    weight: np.ndarray | None = None


def forward(input, normalized_shape, weight=None, eps=None):
    """Return `input` divided by its root mean square over its last dimensions."""
    z, _, _ = _normal(input, normalized_shape, weight, eps)
    return affine(z, weight, None)


def backward(grad, input, normalized_shape, weight=None, eps=None):
    """Return the gradients of `input` and `weight`."""
    z, r, axes = _normal(input, normalized_shape, weight, eps)
    g = affine(grad, weight, None)
    return Gradients(
        input=r * (g - z * mean(g * z, axes)),
        weight=None if weight is None else unbroadcast(grad * z, weight.shape),
    )


def _normal(input, normalized_shape, weight, eps):
    """Return z, r and the axes of the mean."""
    axes = trailing_axes(input, normalized_shape)
    require_shape(normalized_shape, weight=weight)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    return *standardize(input, 0, mean(input * input, axes), eps), axes
