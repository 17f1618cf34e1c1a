"""Gaussian negative log-likelihood, torch's `gaussian_nll_loss`.

Source: Nix and Weigend, 1994, doi:10.1109/ICNN.1994.374138.

Formula:

    l = (log v + d r) / 2,   d = x - y,   r = d / v,   v = max(var, eps)
    full:  l + log(2 pi) / 2

x is `input` and y is `target`. d r is d^2 / v in a form that does not overflow where the result does not.

Gradient: dl/dx = d / v = r, dl/dy = -r, and dl/dv = (1 / v - d^2 / v^2) / 2 = (1 - d r) / (2 v). Each is multiplied by
g, what its l receives: `grad` for none and sum, `grad` / N for mean. The clamp is left out of the derivative: a
variance below eps gets dl/dv at v = eps, so that it can grow again, where the derivative is 0; at the kink var = eps
any value between the two is a subgradient. An input that was broadcast gets the sum over its copies.

Options:
    full: whether to add the constant log(2 pi) / 2.
    eps: the smallest variance; what is below counts as eps.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input` and `target` broadcast. `var` has the shape of `input`, or that without the last dimension, or with a
single dimension of 1 in place of another size; or it is a float, which has no gradient.

Errors: ValueError for other shapes, for a negative variance and for an unknown reduction; TypeError if `var` is an
integer.

torch: leaves the clamp out of the derivative as well. It squares d first: for d = 1e25 and v = 1e30 its float32 loss is
infinite, where 5e19 is right.

Example:

>>> float(forward(np.array([1.0, 2.0]), np.array([0.0, 4.0]), np.array([1.0, 4.0])).round(4))
0.8466
>>> backward(np.array(1.0), np.array([1.0, 2.0]), np.array([0.0, 4.0]), np.array([1.0, 2.0])).var.tolist()
[0.0, -0.125]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input; that of `var` is None where it is a float."""

    input: np.ndarray
    target: np.ndarray
    var: np.ndarray | None = None


def forward(input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Return the negative log-likelihood, reduced."""
    loss = _loss(input, target, _variance(input, var, eps), reduction)
    return reduce(loss + math.log(2 * math.pi) / 2 if full else loss, reduction)


def backward(grad, input, target, var, full=False, eps=1e-6, reduction="mean"):
    """Return the gradients of `input`, `target` and `var`."""
    v = _variance(input, var, eps)
    g = per_sample(grad, _loss(input, target, v, reduction), reduction)
    d = input - target
    r = d / v
    var_grad = None
    if not isinstance(var, float):
        var_grad = unbroadcast(g * ((1 - d * r) / v / 2), v.shape).reshape(var.shape)
    return Gradients(unbroadcast(g * r, input.shape), unbroadcast(-g * r, target.shape), var_grad)


def _loss(input, target, v, reduction):
    require_reduction(reduction)
    d = input - target
    return (np.log(v) + d * (d / v)) / 2  # not d^2 / v, whose square may overflow


def _variance(input, var, eps):
    """Return the variances, clamped, in a shape that broadcasts."""
    if isinstance(var, int):
        raise TypeError(f"Expected var to be an array or a float; got {var!r}.")
    if np.any(np.less(var, 0)):
        raise ValueError(f"Expected var to be 0 or positive; got {np.min(var)}.")
    if isinstance(var, float):
        var = np.full(input.shape, var, input.dtype)
    elif var.ndim < input.ndim and var.shape == input.shape[:-1]:
        var = var[..., np.newaxis]
    elif var.ndim != input.ndim or [m for m, n in zip(var.shape, input.shape, strict=True) if m != n] not in ([], [1]):
        raise ValueError(f"Expected var to have the shape of input, {input.shape}, or one of 1; got {var.shape}.")
    return np.maximum(var, eps)
