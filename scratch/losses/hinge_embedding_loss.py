"""Hinge embedding loss, torch's `hinge_embedding_loss`.

Source: after Hadsell et al., 2006, "Dimensionality Reduction by Learning an Invariant Mapping".

Formula:

    l = x                    for y = 1, a similar pair at distance x
    l = max(margin - x, 0)   for y = -1, a dissimilar pair

x is `input` and y is `target`. Any other y gets the sum of both.

Gradient: dl/dx is 1 for y = 1; for y = -1 it is -1 where x < margin and 0 where x > margin. It is multiplied by g, what
its l receives: `grad` for none and sum, `grad` / N for mean. At the kink x = margin any value in [-1, 0] is a
subgradient; -1 is taken. `target` has no gradient. An input that was broadcast gets the sum over its copies.

Options:
    margin: the distance from which on a dissimilar pair costs nothing.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input` and `target` broadcast to one shape.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: takes the same subgradient at the kink, and the sum of both for any other y.

Example:

>>> float(forward(np.array([0.5, 0.25]), np.array([1.0, -1.0])))
0.625
>>> backward(np.array(1.0), np.array([0.5, 0.25]), np.array([1.0, -1.0])).tolist()
[0.5, -0.5]
"""

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


def forward(input, target, margin=1.0, reduction="mean"):
    """Return the hinge embedding loss, reduced."""
    require_reduction(reduction)
    similar = np.where(target != -1, input, 0)
    return reduce(similar + np.where(target != 1, np.maximum(margin - input, 0), 0), reduction)


def backward(grad, input, target, margin=1.0, reduction="mean"):
    """Return the gradient of `input`."""
    require_reduction(reduction)
    g = per_sample(grad, forward(input, target, margin, "none"), reduction)
    rising, falling = target != -1, (target != 1) & (input <= margin)
    return unbroadcast(np.where(rising, g, 0) - np.where(falling, g, 0), input.shape)
