"""Margin ranking loss (Herbrich, Graepel and Obermayer, 2000, "Large Margin Rank Boundaries for Ordinal Regression").

    l = max(z, 0),   z = margin - y (x1 - x2)

y = 1 says that x1 should rank higher than x2, y = -1 the opposite; other y are taken as they come. The l are reduced.

Gradient: where z > 0, dl/dx1 = -y, dl/dx2 = y and dl/dy = -(x1 - x2); where z < 0, all are 0. At the kink z = 0 any
share in [0, 1] of the former is a subgradient; all of it is taken, as torch does.

Shapes: `input1`, `input2` and `target` have the same number of dimensions and broadcast to one shape. ValueError for
shapes that do not fit and for an unknown reduction. An integer `target` has no gradient.

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
    difference, y = _terms(input1, input2, target, reduction)
    return reduce(np.maximum(margin - y * difference, 0), reduction)


def backward(grad, input1, input2, target, margin=0, reduction="mean"):
    """Return the gradients of `input1`, `input2` and, if it is floating, of `target`."""
    difference, y = _terms(input1, input2, target, reduction)
    z = margin - y * difference
    each = np.where(z >= 0, per_sample(grad, z, reduction), 0)
    found = Gradients(unbroadcast(-each * y, input1.shape), unbroadcast(each * y, input2.shape))
    if target.dtype.kind != "f":
        return found
    return found._replace(target=unbroadcast(-each * difference, target.shape))


def _terms(input1, input2, target, reduction):
    """Return the difference of the inputs, and the target in their type."""
    require_reduction(reduction)
    if not input1.ndim == input2.ndim == target.ndim:
        shapes = f"{input1.shape}, {input2.shape} and {target.shape}"
        raise ValueError(f"Expected inputs and target to have the same number of dimensions; got shapes {shapes}.")
    return input1 - input2, target.astype(input1.dtype)
