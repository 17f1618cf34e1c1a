"""Multiclass logistic loss, torch's `cross_entropy` of class indices, in nats or in bits.

Source: Cox, 1966, "Some Procedures Connected with the Logistic Qualitative Response Curve".

Formula:

    l = ln(1 + sum_{k != y} exp(d_k)),   d_k = f_k - f_y
    l / ln 2                             if bits

f is `input`, the scores, and y the class in `target`. l is -ln of the softmax of y, the cross-entropy. It is the
logsumexp of the margins d_k, among them d_y = 0; no score overflows, and a tiny loss keeps its digits. In bits the loss
is at least 1 wherever another class has a score as high as that of y: it bounds the number of mistakes. In nats it does
not.

Gradient: with p the softmax of f, dl/df_k = exp(d_k - l) = p_k for k != y. Every d_k falls with f_y, so
dl/df_y = -sum_{k != y} p_k, which is p_y - 1 and keeps its digits where p_y is near 1. With bits both are divided by ln
2. Each is multiplied by g, what its l receives: `grad` for none and sum, `grad` / N for mean.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.
    bits: whether the logarithm has the base 2, and not e.

Shapes: `input` is (N, C) and `target`, of integers, (N,), or (C,) and ().

Errors: ValueError for shapes that do not fit, an index outside [0, C) and an unknown reduction; TypeError for targets
that are no integers.

torch: computes the same in nats; the twin divides by ln 2. The mean over no samples is NaN.

Example:

>>> f, y = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]), np.array([2, 0])
>>> forward(f, y, "none").round(4).tolist(), forward(f, y, "none", bits=True).round(4).tolist()
([0.4076, 1.0986], [0.5881, 1.585])
>>> backward(np.array(1.0), f, y).round(4).tolist()
[[0.045, 0.1224, -0.1674], [-0.3333, 0.1667, 0.1667]]
"""

import math

import numpy as np

from scratch._classes import counted
from scratch._reduction import per_sample, reduce, require_reduction
from scratch.activations import logsumexp, softmax


def forward(input, target, reduction="mean", bits=False):
    """Return the multiclass logistic loss, reduced."""
    d = input - _target_score(input, target, reduction)
    return reduce(logsumexp.forward(d, -1) / _unit(bits), reduction)


def backward(grad, input, target, reduction="mean", bits=False):
    """Return the gradient of `input`."""
    f_y = _target_score(input, target, reduction)
    g = per_sample(grad, f_y[..., 0], reduction)[..., np.newaxis]
    own = np.arange(input.shape[-1]) == target[..., np.newaxis]
    others = np.where(own, 0, softmax.forward(input, -1))
    # minus the sum of the others, since p_y - 1 has no digits left where p_y is near 1
    return g / _unit(bits) * np.where(own, -np.sum(others, axis=-1, keepdims=True), others)


def _unit(bits):
    return math.log(2) if bits else 1


def _target_score(input, target, reduction):
    """Return the score of the target class, in the place of the classes."""
    require_reduction(reduction)
    if input.ndim not in (1, 2) or input.shape[-1] == 0:
        raise ValueError(f"Expected input to be (N, C) or (C,) with at least one class; got shape {input.shape}.")
    if target.dtype.kind not in "iu":
        raise TypeError(f"Expected target to hold integers; got dtype {target.dtype}.")
    _, t = counted(target, input.shape[:-1], input.shape[-1], None)
    return np.take_along_axis(input, t[..., np.newaxis], axis=-1)
