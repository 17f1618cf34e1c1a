"""Triplet margin loss with any distance (Schultz and Joachims, 2003; see `triplet_margin_loss`).

    l = max(z, 0),   z = margin + d(a, p) - d(a, n)

for an anchor a, a positive p that should be nearer to it than a negative n is, by a margin. With `swap` (Balntas et
al., 2016, "Learning Local Feature Descriptors with Triplets and Shallow Convolutional Neural Networks") the negative
distance is min(d(a, n), d(p, n)). The l are reduced.

`distance_function` has ``forward(x, y)``, which returns the distances, and ``backward(grad, x, y)``, which returns the
gradients of x and y. None is torch's `pairwise_distance`, |x - y + 1e-6|_2 along the last dimension.

Gradient: where z > 0, dl/dd(a, p) = 1 and dl/d min = -1; where z < 0, both are 0. The minimum passes its gradient to
the smaller distance, and `distance_function` passes all on to a, p and n, which get the sum of what they take part in.
At the kink z = 0 any share in [0, 1] is a subgradient; all is taken. At a tie of the minimum any split is; each gets
half. Both as torch does.

Shapes: `anchor`, `positive` and `negative` have the same number of dimensions and broadcast as `distance_function` has
them; distances broadcast. ValueError for shapes that do not fit, a margin that is not positive and an unknown
reduction; TypeError for a `distance_function` without the two functions.

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
    each = np.where(z >= 0, per_sample(grad, z, reduction), 0)
    from_least = unbroadcast(-each, least.shape)
    to_far = from_least
    if swap:
        to_far = np.where(far == swapped, from_least / 2, np.where(far < swapped, from_least, 0))
    a_near, p_near = distance.backward(unbroadcast(each, near.shape), anchor, positive)
    a_far, n_far = distance.backward(unbroadcast(to_far, far.shape), anchor, negative)
    found = Gradients(a_near + a_far, p_near, n_far)
    if not swap:
        return found
    p_swapped, n_swapped = distance.backward(unbroadcast(from_least - to_far, swapped.shape), positive, negative)
    return found._replace(positive=p_near + p_swapped, negative=n_far + n_swapped)


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
