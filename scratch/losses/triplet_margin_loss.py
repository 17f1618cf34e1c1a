"""Triplet margin loss, torch's `triplet_margin_loss`.

Source: Schultz and Joachims, 2003, "Learning a Distance Metric from Relative Comparisons"; swap: Balntas et al., 2016,
"Learning Local Feature Descriptors with Triplets and Shallow Convolutional Neural Networks".

Formula:

    l = max(z, 0),   z = margin + d(a, p) - d(a, n),   d(x, y) = |v|_p,   v = x - y + eps
    swap:  min(d(a, n), d(p, n)) in the place of d(a, n)

a is `anchor`, p is `positive`, n is `negative`, and `p` the order of the norm along the last dimension. The norm is
taken with the largest component divided out (see `scratch._distance`), so that no power overflows.

Gradient: where z > 0, dl/dd(a, p) = 1 and dl/dd(a, n) = -1; where z < 0, both are 0. From |v|_p^p = sum_i |v_i|^p
follows dd/dv_i = sign(v_i) (|v_i| / |v|_p)^(p - 1), which is dd/dx_i, and minus it is dd/dy_i. Each input gets the sum
over the distances that it is in, times g, what its l receives: `grad` for none and sum, `grad` / N for mean. With swap
the smaller of the two distances gets the -1, and at a tie each gets half. At the kink z = 0 any part in [0, 1] is a
subgradient; all is taken. At the kinks of the norm a component v_i = 0 gets 0 for every p, the largest |v_i| share the
gradient equally for p = inf, and all is 0 at v = 0.

Options:
    margin: by how much n has to be farther from a than p to cost nothing.
    p: the order of the norm; 0 and negative ones are allowed, though neither gives a norm.
    eps: added to every component of a difference.
    swap: whether the negative may be compared with p, where that is nearer to it.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `anchor`, `positive` and `negative` are (..., D), with the same number of dimensions, and broadcast.

Errors: ValueError for shapes that do not fit, a margin that is not positive, an unknown reduction, and D = 0 if p is
inf or negative.

torch: takes the same subgradients at all of these kinks. It takes the powers as they are: for p = 2 a distance above
1e154 (2e19 in float32) is infinite to it, and with eps = 0 one below 1e-162 (1e-23) is 0 and has no gradient. For p = 0
the distance is the number of components that differ, without a gradient, in both.

Example:

>>> import numpy as np
>>> a, p, n = np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]]), np.array([[0.0, 2.0]])
>>> float(forward(a, p, n, p=1.0, eps=0.0))
6.0
>>> backward(np.array(1.0), a, p, n, p=1.0, eps=0.0).positive.tolist()
[[1.0, 1.0]]
"""

from scratch._distance import PNorm
from scratch.losses import triplet_margin_with_distance_loss as with_distance


def forward(anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, reduction="mean"):
    """Return the triplet margin loss, reduced."""
    options = {"distance_function": PNorm(p, eps), "margin": margin, "swap": swap, "reduction": reduction}
    return with_distance.forward(anchor, positive, negative, **options)


def backward(grad, anchor, positive, negative, margin=1.0, p=2, eps=1e-6, swap=False, reduction="mean"):
    """Return the gradients of `anchor`, `positive` and `negative`."""
    options = {"distance_function": PNorm(p, eps), "margin": margin, "swap": swap, "reduction": reduction}
    return with_distance.backward(grad, anchor, positive, negative, **options)
