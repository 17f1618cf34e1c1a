"""Triplet margin loss (Schultz and Joachims, 2003, "Learning a Distance Metric from Relative Comparisons").

    l = max(margin + d(a, p) - d(a, n), 0),   d(x, y) = |x - y + eps|_p

with `p` the order of the norm along the last dimension; `swap` as in `triplet_margin_with_distance_loss`. The l are
reduced. The norm is taken with the largest component divided out (see `scratch._distance`), so that no power overflows.

Gradient: as in `triplet_margin_with_distance_loss`, with dd/dx_i = sign(z_i) (|z_i| / |z|_p)^(p - 1) and dd/dy = -dd/dx
for z = x - y + eps. At the kinks of the norm, as in torch: a component z_i = 0 gets 0 for every p; the largest |z_i|
share the gradient equally for p = inf; all is 0 at z = 0.

Shapes: `anchor`, `positive` and `negative` are (..., D), with the same number of dimensions, and broadcast. ValueError
for shapes that do not fit, a margin that is not positive, an unknown reduction, and D = 0 if p is inf or negative.

torch takes the powers as they are: for p = 2 a distance above 1e154 (2e19 in float32) is infinite to it, and with eps
= 0 one below 1e-162 (1e-23) is 0 and has no gradient. As in torch, p may be 0 (the number of components that differ; no
gradient) or negative, though neither gives a norm.

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
