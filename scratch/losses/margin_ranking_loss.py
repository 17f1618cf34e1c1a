"""Margin ranking loss, torch's `margin_ranking_loss`.

Source: Herbrich, Graepel and Obermayer, 2000, "Large Margin Rank Boundaries for Ordinal Regression".

Formula:

    l = max(z, 0),   z = margin - y d,   d = x1 - x2

x1 is `input1`, x2 is `input2` and y is `target`. y = 1 says that x1 should rank higher than x2, y = -1 the opposite;
other y are taken as they come.

Gradient: where z > 0, l = z, so dl/dx1 = -y, dl/dx2 = y and dl/dy = -d; where z < 0, all are 0. Each is multiplied by
g, what its l receives: `grad` for none and sum, `grad` / N for mean. At the kink z = 0 any part in [0, 1] of the former
is a subgradient; all of it is taken. An input that was broadcast gets the sum over its copies.

Options:
    margin: by how much one has to be ahead of the other to cost nothing.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input1`, `input2` and `target` have the same number of dimensions and broadcast to one shape. An integer
`target` has no gradient.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: takes the same subgradient at the kink.

Example:

>>> x1, x2, y = np.array([1.0, 2.0]), np.array([3.0, 1.0]), np.array([1.0, 1.0])
>>> float(forward(x1, x2, y, margin=0.5))
1.25
>>> backward(np.array(1.0), x1, x2, y, margin=0.5).input1.tolist()
[-0.5, 0.0]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input; that of `target` is None for integers."""

    input1: np.ndarray
    input2: np.ndarray
    target: np.ndarray | None = None


def forward(input1, input2, target, margin=0, reduction="mean"):
    """Return the margin ranking loss, reduced."""
    d, y = _terms(input1, input2, target, reduction)
    return reduce(np.maximum(margin - y * d, 0), reduction)


def backward(grad, input1, input2, target, margin=0, reduction="mean"):
    """Return the gradients of `input1`, `input2` and, if it is floating, of `target`."""
    d, y = _terms(input1, input2, target, reduction)
    z = margin - y * d
    z_grad = np.where(z >= 0, per_sample(grad, z, reduction), 0)
    return Gradients(
        unbroadcast(-z_grad * y, input1.shape),
        unbroadcast(z_grad * y, input2.shape),
        unbroadcast(-z_grad * d, target.shape) if target.dtype.kind == "f" else None,
    )


def _terms(input1, input2, target, reduction):
    """Return the difference of the inputs, and the target in their type."""
    require_reduction(reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        shapes = f"{input1.shape}, {input2.shape} and {target.shape}"
        raise ValueError(f"Expected inputs and target to have the same number of dimensions; got shapes {shapes}.")
    return input1 - input2, target.astype(input1.dtype)
