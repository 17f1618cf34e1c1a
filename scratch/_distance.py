"""The p-norm along the last dimension, and the distance that it makes, torch's `pairwise_distance`.

    |z|_p = (sum_i |z_i|^p)^(1/p);   max_i |z_i| for p = inf, min_i |z_i| for p = -inf, the number of z_i != 0 for p = 0

The largest |z_i| (the smallest for p < 0) is divided out before the powers are taken, which then cannot overflow.

Gradient: d|z|_p/dz_i = sign(z_i) (|z_i| / |z|_p)^(p - 1), for p = 1 the sign alone. For p = inf it is the sign at the
largest |z_i|, shared equally among several. At z_i = 0, for p < 1 a point of infinite slope, 0 is taken, and at
|z|_p = 0 all are 0, as in torch; so is the gradient for p = 0.
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._dimension import along


class PNorm(NamedTuple):
    """The distance ``|x - y + eps|_p`` along the last dimension, and its gradients."""

    p: float = 2.0
    eps: float = 1e-6

    def forward(self, x, y):
        """Return the distances."""
        return norm(x - y + self.eps, self.p)[..., 0]

    def backward(self, grad, x, y):
        """Return the gradients of `x` and `y`."""
        slope = grad[..., np.newaxis] * norm_slope(x - y + self.eps, self.p)
        return unbroadcast(slope, x.shape), unbroadcast(-slope, y.shape)


def norm(z, p):
    """Return the p-norm of `z` along its last dimension, which stays, with length 1."""
    a = np.abs(along(z))
    if a.shape[-1] == 0 and (p < 0 or p == math.inf):
        raise ValueError(f"Expected vectors of at least one element for p = {p}; got shape {a.shape}.")
    if p == 0:
        return np.sum(a != 0, axis=-1, keepdims=True, dtype=a.dtype)
    if p == 1:
        return np.sum(a, axis=-1, keepdims=True)
    edge = np.min(a, axis=-1, keepdims=True) if p < 0 else np.max(a, axis=-1, keepdims=True, initial=0)
    if math.isinf(p):
        return edge
    scale = np.where((edge > 0) & np.isfinite(edge), edge, 1)
    with np.errstate(divide="ignore", over="ignore"):  # for p < 0, where a power of 0 is infinite, and one of inf is 0
        return scale * np.sum((a / scale) ** p, axis=-1, keepdims=True) ** (1 / p)


def norm_slope(z, p):
    """Return the derivative of ``norm(z, p)`` by each element of `z`."""
    z = along(z)
    a, n = np.abs(z), norm(z, p)
    sign = np.sign(z)
    if p == 0:
        return np.zeros_like(z)
    if math.isinf(p):
        at = (a == n) | np.isnan(a)
        return sign * at / np.sum(at, axis=-1, keepdims=True, dtype=z.dtype)
    with np.errstate(all="ignore"):  # overflow for p < 0, where a power of inf is 0, and whatever infinite z lead to
        ratio = np.where((z == 0) & np.isfinite(n), 1, a / np.where(n == 0, 1, n))
        return np.where(n == 0, 0, sign * ratio ** (p - 1))
