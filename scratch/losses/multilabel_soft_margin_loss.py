"""Multi-label soft margin loss (Nam et al., 2014, arXiv:1312.5419): a binary cross-entropy per class, averaged.

    l = 1 / C sum_j w_j e_j,   e = -y log s(x) - (1 - y) log s(-x) = y softplus(-x) + (1 - y) softplus(x)

with s the sigmoid and w = 1 if not given. softplus(x) = log(1 + exp(x)) is computed as max(x, 0) + log1p(exp(-|x|)).
The l are reduced.

Gradient: with r = w / C dL/dl, dL/dx = r ((1 - y) s(x) - y s(-x)), which keeps the digits that s(x) - y loses in the
tails; dL/dy = r (softplus(-x) - softplus(x)) = -r x; dL/dw = e / C dL/dl.

Shapes: `input` is (C,), (N, C) or (N, ..., C); `target` and `weight` broadcast with it. ValueError for shapes that do
not fit and for an unknown reduction. An integer `target` has no gradient.

torch computes dL/dy as the difference of two softplus, which has no right digit for |x| below 1e-16 (6e-8 in float32).
If a broadcast stretches the classes, or puts dimensions in front, torch still sums over the axis that was the last of
`input`, and divides by its length there; so does this.

>>> x, y = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
>>> float(forward(x, y).round(4))
1.0032
>>> backward(np.array(1.0), x, y).input.round(4).tolist()
[[-0.25, 0.3655]]
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input; None for an integer `target`, and for a `weight` that was not given."""

    input: np.ndarray
    target: np.ndarray | None = None
    weight: np.ndarray | None = None


def forward(input, target, weight=None, reduction="mean"):
    """Return the multi-label soft margin loss, reduced."""
    x, y, w = _stretched(input, target, weight, reduction)
    return reduce(_mean(w * _entropy(x, y), input), reduction)


def backward(grad, input, target, weight=None, reduction="mean"):
    """Return the gradients of `input` and, if they have one, of `target` and `weight`."""
    x, y, w = _stretched(input, target, weight, reduction)
    entropy = _entropy(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.expand_dims(per_sample(grad, _mean(entropy, input), reduction) / input.shape[-1], input.ndim - 1)
    slope = each * w
    return Gradients(
        input=unbroadcast(slope * ((1 - y) * expit(x) - y * expit(-x)), input.shape),
        target=unbroadcast(-slope * x, target.shape) if target.dtype.kind == "f" else None,
        weight=None if weight is None else unbroadcast(each * entropy, weight.shape),
    )


def _entropy(x, y):
    return y * _softplus(-x) + (1 - y) * _softplus(x)


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _mean(values, input):
    """Return the sum over the axis that is the last of `input`, divided by its length; NaN over none."""
    with np.errstate(invalid="ignore"):
        return np.sum(values, axis=input.ndim - 1) / input.shape[-1]


def _stretched(input, target, weight, reduction):
    """Return the inputs, broadcast to one shape and in one type."""
    require_reduction(reduction)
    if input.ndim == 0:
        raise ValueError("Expected input to have a dimension of classes; got a zero-dimensional array.")
    w = np.ones((), input.dtype) if weight is None else weight
    return np.broadcast_arrays(input, target.astype(input.dtype), w)
