"""Cosine embedding loss, torch's `cosine_embedding_loss`.

Source: after the Siamese networks of Bromley et al., 1993, doi:10.1142/S0218001493000339.

Formula:

    l = 1 - c                 for y = 1, a similar pair
    l = max(c - margin, 0)    for y = -1, a dissimilar pair
    l = 0                     for any other y
    c = u1 . u2,   u = x / s,   s = sqrt(|x|^2 + e),   e = 1e-12

x1 is `input1`, x2 is `input2` and y is `target`. With e, c = 0 for a zero vector. s is computed with the largest |x_i|
divided out, and c from u1 and u2: nothing overflows.

Gradient: dl/dc is -1 for y = 1; for y = -1 it is 1 where c > margin and 0 where c < margin. It is multiplied by g, what
its l receives: `grad` for none and sum, `grad` / N for mean. At the kink c = margin any value in [0, 1] is a
subgradient; 1 is taken. With v = dl/dc u2, the gradient of u1, and ds/dx = x / s = u, x1 gets v / s - x
(x . v) / s^3 = (v - u (u . v)) / s, which is v / sqrt(e) for a zero vector; likewise x2. `target` has no gradient.

Options:
    margin: the cosine up to which a dissimilar pair costs nothing.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input1` and `input2` are (N, D) and `target` (N,), or (D,) and (); the inputs broadcast, and N with them.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: takes the same subgradient at the kink. Its e is 1e-12 rounded to float32, 4e-9 of it less, in float64 too; it is
the same here. It computes c as x1 . x2 / sqrt((|x1|^2 + e) (|x2|^2 + e)), which overflows where |x1| |x2| exceeds 1e154
in float64, 2e19 in float32: c is then 0, and two equal vectors have the loss 1.

Example:

>>> x1, x2 = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[0.0, 2.0], [3.0, 4.0]])
>>> forward(x1, x2, np.array([1.0, -1.0]), margin=0.5, reduction="none").round(4).tolist()
[1.0, 0.1]
>>> backward(np.array(1.0), x1, x2, np.array([1.0, -1.0]), margin=0.5).input1.round(4).tolist()
[[0.0, -0.5], [0.0, 0.4]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._distance import norm
from scratch._reduction import per_sample, reduce, require_reduction

ROOT_E = math.sqrt(9.999999960041972e-13)  # the float32 number next to 1e-12


class Gradients(NamedTuple):
    """Gradients by input."""

    input1: np.ndarray
    input2: np.ndarray


def forward(input1, input2, target, margin=0, reduction="mean"):
    """Return the cosine embedding loss, reduced."""
    c = _units(input1, input2, target, reduction)[0]
    similar = np.where(target == 1, 1 - c, 0)
    return reduce(similar + np.where(target == -1, np.maximum(c - margin, 0), 0), reduction)


def backward(grad, input1, input2, target, margin=0, reduction="mean"):
    """Return the gradients of `input1` and `input2`."""
    c, (u1, s1), (u2, s2) = _units(input1, input2, target, reduction)
    g = per_sample(grad, forward(input1, input2, target, margin, "none"), reduction)
    rising = np.where((target == -1) & (c >= margin), g, 0)
    c_grad = (rising - np.where(target == 1, g, 0))[..., np.newaxis]
    u2_grad, u1_grad = (c_grad * u for u in np.broadcast_arrays(u1, u2))
    return Gradients(_through_unit(u1_grad, u1, s1), _through_unit(u2_grad, u2, s2))


def _through_unit(u_grad, u, s):
    """Return the gradient of x, where `u_grad` is that of ``u = x / s``."""
    v = unbroadcast(u_grad, u.shape)
    return (v - u * np.sum(u * v, axis=-1, keepdims=True)) / s


def _units(input1, input2, target, reduction):
    """Return the cosines, and for each input u and s."""
    require_reduction(reduction)
    if target.ndim > 1:
        raise ValueError(f"Expected target to have at most one dimension; got shape {target.shape}.")
    for name, x in (("input1", input1), ("input2", input2)):
        if x.ndim != target.ndim + 1:
            raise ValueError(f"Expected {name} to have {target.ndim + 1} dimensions; got shape {x.shape}.")
    # hypot, and a norm of scaled elements: no square that could overflow
    (u1, s1), (u2, s2) = ((x / s, s) for x in (input1, input2) for s in [np.hypot(norm(x, 2.0), ROOT_E)])
    return np.sum(u1 * u2, axis=-1), (u1, s1), (u2, s2)
