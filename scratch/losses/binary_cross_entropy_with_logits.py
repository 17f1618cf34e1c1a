"""Binary cross-entropy on logits, torch's `binary_cross_entropy_with_logits`.

With the sigmoid s and the weight p of the positive class, -log s(x) = softplus(-x), -log(1 - s(x)) = x + softplus(-x):

    l = -p y log s(x) - (1 - y) log(1 - s(x)) = (1 - y) x + (1 + (p - 1) y) softplus(-x)

softplus(-x) is computed as max(-x, 0) + log1p(exp(-|x|)), which neither overflows nor loses digits. Each l is
multiplied by `weight`, and all are reduced.

Gradient: d softplus(-x)/dx = -(1 - s), so dl/dx = (1 + (p - 1) y) s - p y, which is s - y for p = 1; and
dl/dy = (p - 1) softplus(-x) - x.

Shapes: `input` and `target` have one shape, `weight` and `pos_weight` broadcast to it; `target` is in [0, 1], which is
not checked. ValueError for shapes that do not fit and for an unknown reduction. As in torch, `weight` and `pos_weight`
have no gradient, and the mean divides by the number of elements, not by the sum of the weights.

>>> float(forward(np.array([0.0, 2.0]), np.array([1.0, 0.0])).round(4))
1.41
>>> backward(np.array(1.0), np.array([0.0, 2.0]), np.array([1.0, 0.0])).input.round(4).tolist()
[-0.25, 0.4404]
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray


def forward(input, target, weight=None, reduction="mean", pos_weight=None):
    """Return the binary cross-entropy of the logits, reduced."""
    scale, p = _weights(input, target, weight, reduction, pos_weight)
    return reduce(scale * ((1 - target) * input + (1 + (p - 1) * target) * _softplus(-input)), reduction)


def backward(grad, input, target, weight=None, reduction="mean", pos_weight=None):
    """Return the gradients of `input` and `target`."""
    scale, p = _weights(input, target, weight, reduction, pos_weight)
    each = per_sample(grad, input, reduction) * scale
    return Gradients(
        input=each * ((1 + (p - 1) * target) * expit(input) - p * target),
        target=each * ((p - 1) * _softplus(-input) - input),
    )


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _weights(input, target, weight, reduction, pos_weight):
    require_reduction(reduction)
    if target.shape != input.shape:
        raise ValueError(f"Expected target to have the shape of input, {input.shape}; got {target.shape}.")
    for name, w in (("weight", weight), ("pos_weight", pos_weight)):
        if w is not None and np.broadcast_shapes(w.shape, input.shape) != input.shape:
            raise ValueError(f"Expected {name} to broadcast to the shape of input, {input.shape}; got {w.shape}.")
    return 1 if weight is None else weight, 1 if pos_weight is None else pos_weight
