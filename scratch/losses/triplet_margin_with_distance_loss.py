"""Triplet margin loss with any distance, torch's `triplet_margin_with_distance_loss`.

Source: Schultz and Joachims, 2003, "Learning a Distance Metric from Relative Comparisons"; swap: Balntas et al., 2016,
"Learning Local Feature Descriptors with Triplets and Shallow Convolutional Neural Networks".

Formula:

    l = max(z, 0),   z = margin + near - far,   near = d(a, p),   far = d(a, n)
    swap:  z = margin + near - min(far, swapped),   swapped = d(p, n)

a is `anchor`, p is `positive` and n is `negative`: p should be nearer to a than n, by the margin. d is
`distance_function`.

Gradient: where z > 0, l = z, so near gets 1 and far -1; where z < 0, both get 0. Each is multiplied by g, what its l
receives: `grad` for none and sum, `grad` / N for mean. The minimum passes the -1 to the smaller of far and swapped.
`distance_function` passes all on to a, p and n, which get the sum of what they take part in. At the kink z = 0 any part
in [0, 1] is a subgradient; all is taken. At a tie of the minimum any split is; each gets half.

Options:
    distance_function: has ``forward(x, y)``, which returns the distances, and ``backward(grad, x, y)``, which returns
        the gradients of x and y. None is torch's `pairwise_distance`, |x - y + 1e-6|_2 along the last dimension.
    margin: by how much n has to be farther from a than p to cost nothing.
    swap: whether the negative may be compared with p, where that is nearer to it.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `anchor`, `positive` and `negative` have the same number of dimensions and broadcast as `distance_function` has
them; distances broadcast.

Errors: ValueError for shapes that do not fit, a margin that is not positive and an unknown reduction; TypeError for a
`distance_function` without the two functions.

torch: takes the same subgradient at z = 0 and at a tie. Its `distance_function` is a callable, which autograd
differentiates.

Example:

>>> a, p, n = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]])
>>> float(forward(a, p, n).round(4))
4.0
>>> backward(np.array(1.0), a, p, n).positive.round(4).tolist()
[[0.6, 0.8]]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._distance import PNorm
from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input."""

    anchor: np.ndarray
    positive: np.ndarray
    negative: np.ndarray


def forward(anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
    """Return the triplet margin loss, reduced."""
    distance = _distance(anchor, positive, negative, distance_function, margin, reduction)
    far = distance.forward(anchor, negative)
    if swap:
        far = np.minimum(far, distance.forward(positive, negative))
    return reduce(np.maximum(margin + distance.forward(anchor, positive) - far, 0), reduction)


def backward(grad, anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
    """Return the gradients of `anchor`, `positive` and `negative`."""
    distance = _distance(anchor, positive, negative, distance_function, margin, reduction)
    near, far = distance.forward(anchor, positive), distance.forward(anchor, negative)
    swapped = distance.forward(positive, negative) if swap else far
    least = np.minimum(far, swapped)
    z = margin + near - least
    z_grad = np.where(z >= 0, per_sample(grad, z, reduction), 0)
    least_grad = unbroadcast(-z_grad, least.shape)
    far_grad = least_grad
    if swap:
        far_grad = np.where(far == swapped, least_grad / 2, np.where(far < swapped, least_grad, 0))
    a_near, p_near = distance.backward(unbroadcast(z_grad, near.shape), anchor, positive)
    a_far, n_far = distance.backward(unbroadcast(far_grad, far.shape), anchor, negative)
    if not swap:
        return Gradients(a_near + a_far, p_near, n_far)
    p_swapped, n_swapped = distance.backward(unbroadcast(least_grad - far_grad, swapped.shape), positive, negative)
    return Gradients(a_near + a_far, p_near + p_swapped, n_far + n_swapped)


def _distance(anchor, positive, negative, distance, margin, reduction):
    """Return the distance to use, or raise what is wrong with the arguments."""
    require_reduction(reduction)
    if margin <= 0:
        raise ValueError(f"Expected margin to be positive; got {margin!r}.")
    if not anchor.ndim == positive.ndim == negative.ndim:
        shapes = f"{anchor.shape}, {positive.shape} and {negative.shape}"
        raise ValueError(f"Expected inputs to have the same number of dimensions; got shapes {shapes}.")
    if distance is None:
        return PNorm()
    if not (hasattr(distance, "forward") and hasattr(distance, "backward")):
        raise TypeError(f"Expected distance_function to have forward and backward; got {distance!r}.")
    return distance
