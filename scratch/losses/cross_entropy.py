"""Cross-entropy of a softmax, torch's `cross_entropy`.

Source: Bridle, 1990, "Probabilistic Interpretation of Feedforward Network Outputs"; label smoothing: Szegedy et al.,
2016, arXiv:1512.00567.

Formula: with z = log_softmax(x) over the C classes, class weights w and smoothing e:

    class index t:      l = -(1 - e) w_t z_t - (e / C) sum_j w_j z_j
    probabilities q:    l = -sum_j w_j q'_j z_j,   q' = (1 - e) q + e / C
    L = l (none),   sum l (sum),   sum l / W (mean)

x is `input`, t or q is `target`, e is `label_smoothing`, w is `weight`, or 1. W is the sum of w_t over the samples that
count for indices, and the number of samples for probabilities. Samples whose index is `ignore_index` count for nothing.

Gradient: both are l = -sum_j r_j z_j with r_j the weight of class j. Since dz_j/dx_i = 1{i = j} - p_i with p = exp(z),
dl/dx_i = p_i sum_j r_j - r_i, which is p - q for plain targets. Probabilities get dl/dq_j = -(1 - e) w_j z_j. Each is
multiplied by g, what its l receives: `grad` for none and sum, `grad` / W for mean, and 0 of a sample that is ignored.

Options:
    weight: the weight w of each class; None is 1.
    ignore_index: the index of samples that do not count; for probabilities it must be negative, and means nothing.
    reduction: none keeps the l, sum adds them, mean divides their sum by W.
    label_smoothing: how much of every target is spread evenly over the classes.

Shapes: `input` is (C,), (N, C) or (N, C, d1, ...), an integer `target` the same without C, a floating `target` the
same; `weight` is (C,), without a gradient.

Errors: ValueError for shapes that do not fit, an index outside [0, C) that is not `ignore_index`, an unknown reduction,
a smoothing outside [0, 1], and an `ignore_index` >= 0 for probabilities.

torch: computes the same. The mean over no sample that counts is NaN and its gradient 0.

Example:

>>> x = np.array([[1.0, 2.0, 3.0], [1.0, 1.0, 1.0]])
>>> float(forward(x, np.array([2, 0])).round(4))
0.7531
>>> backward(np.array(1.0), x, np.array([2, 0])).input.round(4).tolist()
[[0.045, 0.1224, -0.1674], [-0.3333, 0.1667, 0.1667]]
"""

from typing import NamedTuple

import numpy as np

from scratch._classes import class_axis, counted
from scratch._reduction import per_sample, reduce, require_reduction
from scratch.activations import log_softmax


class Gradients(NamedTuple):
    """Gradients by input; that of `target` is None for class indices."""

    input: np.ndarray
    target: np.ndarray | None = None


class _Terms(NamedTuple):
    """With the classes on the last axis: log-probabilities, the r of a sample, its loss, and the divisor of a mean."""

    z: np.ndarray
    r: np.ndarray
    losses: np.ndarray
    W: np.ndarray
    axis: int


def forward(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Return the cross-entropy, reduced."""
    terms = _terms(input, target, weight, ignore_index, reduction, label_smoothing)
    return reduce(terms.losses, reduction, terms.W)


def backward(grad, input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Return the gradients of `input` and, for probabilities, of `target`."""
    z, r, losses, W, axis = _terms(input, target, weight, ignore_index, reduction, label_smoothing)
    probabilities = target.dtype.kind == "f"
    g = per_sample(grad, losses, reduction, W)
    if not probabilities:
        g = np.where(target != ignore_index, g, 0)  # an ignored sample has the r of its smoothing
    g = g[..., np.newaxis]
    input_grad = np.moveaxis(g * (np.exp(z) * np.sum(r, axis=-1, keepdims=True) - r), -1, axis)
    if not probabilities:
        return Gradients(input_grad)
    w = 1 if weight is None else weight
    return Gradients(input_grad, np.moveaxis(-(1 - label_smoothing) * g * (w * z), -1, axis))


def _terms(input, target, weight, ignore_index, reduction, label_smoothing):
    require_reduction(reduction)
    axis = class_axis(input, weight)
    if not 0 <= label_smoothing <= 1:
        raise ValueError(f"Expected label_smoothing to be between 0 and 1; got {label_smoothing!r}.")
    z = log_softmax.forward(np.moveaxis(input, axis, -1), dim=-1)
    w = np.ones(z.shape[-1], z.dtype) if weight is None else weight
    if target.dtype.kind == "f":
        if ignore_index >= 0:
            raise ValueError(f"Expected ignore_index to be negative for probabilities; got {ignore_index}.")
        return _probability_terms(z, np.moveaxis(_same_shape(target, input), axis, -1), w, label_smoothing, axis)
    return _index_terms(z, target, w, ignore_index, label_smoothing, axis)


def _same_shape(target, input):
    if target.shape != input.shape:
        raise ValueError(f"Expected probabilities in the shape of input, {input.shape}; got {target.shape}.")
    return target


def _probability_terms(z, q, w, e, axis):
    r = w * ((1 - e) * q + e / z.shape[-1])
    losses = -np.sum(r * z, axis=-1)
    return _Terms(z, r, losses, np.asarray(losses.size, z.dtype), axis)


def _index_terms(z, target, w, ignore_index, e, axis):
    classes = z.shape[-1]
    counts, t = counted(target, z.shape[:-1], classes, ignore_index)
    w_t = np.where(counts, w[t], 0)
    t = t[..., np.newaxis]
    z_t = np.take_along_axis(z, t, axis=-1)[..., 0]
    r = np.broadcast_to(w * (e / classes), z.shape).copy()
    np.put_along_axis(r, t, np.take_along_axis(r, t, axis=-1) + (1 - e) * w_t[..., np.newaxis], axis=-1)
    losses = -(1 - e) * w_t * z_t
    if e:  # without smoothing the other classes have no part, and a z of minus infinity is not multiplied by 0
        losses = losses - np.sum(w * (e / classes) * z, axis=-1)
    return _Terms(z, r, np.where(counts, losses, 0), np.sum(w_t, dtype=z.dtype), axis)
