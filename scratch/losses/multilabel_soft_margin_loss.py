"""Multi-label soft margin loss, torch's `multilabel_soft_margin_loss`: a binary cross-entropy per class, averaged.

Source: Nam et al., 2014, arXiv:1312.5419.

Formula:

    l = 1 / C sum_j w_j e_j,   e = -y log s(x) - (1 - y) log s(-x) = y softplus(-x) + (1 - y) softplus(x)

x is `input`, y is `target`, w is `weight`, or 1, C the number of classes and s the sigmoid.
softplus(x) = log(1 + exp(x)) is computed as max(x, 0) + log1p(exp(-|x|)).

Gradient: softplus(x) has the derivative s(x), and softplus(-x) has -s(-x). With r = g / C and g what l receives, `grad`
for none and sum, `grad` / N for mean: dL/dx = r w ((1 - y) s(x) - y s(-x)), which keeps the digits that s(x) - y loses
in the tails; dL/dy = r w (softplus(-x) - softplus(x)) = -r w x; dL/dw = r e. An input that was broadcast gets the sum
over its copies.

Options:
    weight: the weight w of each class; None is 1.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `input` is (C,), (N, C) or (N, ..., C); `target` and `weight` broadcast with it. An integer `target` has no
gradient.

Errors: ValueError for shapes that do not fit and for an unknown reduction.

torch: computes dL/dy as the difference of two softplus, which has no right digit for |x| below 1e-16 (6e-8 in float32).
If a broadcast stretches the classes, or puts dimensions in front, torch still sums over the axis that was the last of
`input`, and divides by its length there; so does this.

Example:

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
    e = _entropy(x, y)
    with np.errstate(divide="ignore", invalid="ignore"):
        r = np.expand_dims(per_sample(grad, _mean(e, input), reduction) / input.shape[-1], input.ndim - 1)
    return Gradients(
        input=unbroadcast(r * w * ((1 - y) * expit(x) - y * expit(-x)), input.shape),
        target=unbroadcast(-r * w * x, target.shape) if target.dtype.kind == "f" else None,
        weight=None if weight is None else unbroadcast(r * e, weight.shape),
    )


def _entropy(x, y):
    return y * _softplus(-x) + (1 - y) * _softplus(x)


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))  # the exponent is never positive, so nothing overflows


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
