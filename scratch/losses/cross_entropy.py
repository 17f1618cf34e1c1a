"""Cross-entropy of a softmax, torch's `cross_entropy`; label smoothing after Szegedy et al., 2016, arXiv:1512.00567.

With z = log_softmax(x) over the C classes, class weights w and smoothing e:

    class index t:      l = -(1 - e) w_t z_t - (e / C) sum_j w_j z_j
    probabilities q:    l = -sum_j w_j q'_j z_j,   q' = (1 - e) q + e / C

Samples whose index is `ignore_index` count for nothing. Reduced: none l, sum sum l; mean divides by the sum of w_t
over the samples that count for indices, and by the number of samples for probabilities.

Gradient: both are l = -sum_j r_j z_j with r_j the weight of class j. Since dz_j/dx_i = 1{i = j} - p_i with p = exp(z),
dl/dx_i = p_i sum_j r_j - r_i, which is p - q for plain targets. Probabilities get dl/dq_j = -(1 - e) w_j z_j. For sum
the gradient of every l is dL; for mean it is dL divided by the same number.

Shapes: `input` is (C,), (N, C) or (N, C, d1, ...), an integer `target` the same without C, a floating `target` the
same; `weight` is (C,), without a gradient. ValueError for shapes that do not fit, an index outside [0, C) that is not
`ignore_index`, an unknown reduction, a smoothing outside [0, 1], and an `ignore_index` >= 0 for probabilities.

The mean over no sample that counts is NaN and its gradient 0, as in torch.

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
    """Everything with the classes on the last axis: log-probabilities, class weights of each sample, its losses."""

    z: np.ndarray
    r: np.ndarray
    losses: np.ndarray
    total: np.ndarray | None
    axis: int


def forward(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Return the cross-entropy, reduced."""
    terms = _terms(input, target, weight, ignore_index, reduction, label_smoothing)
    return reduce(terms.losses, reduction, terms.total)


def backward(grad, input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Return the gradients of `input` and, for probabilities, of `target`."""
    z, r, losses, total, axis = _terms(input, target, weight, ignore_index, reduction, label_smoothing)
    probabilities = target.dtype.kind == "f"
    each = per_sample(grad, losses, reduction, total)
    each = (each if probabilities else np.where(target != ignore_index, each, 0))[..., np.newaxis]
    slope = each * (np.exp(z) * np.sum(r, axis=-1, keepdims=True) - r)
    found = Gradients(np.moveaxis(slope, -1, axis))
    if not probabilities:
        return found
    w = 1 if weight is None else weight
    return found._replace(target=np.moveaxis(-(1 - label_smoothing) * each * (w * z), -1, axis))


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


def _probability_terms(z, q, w, smoothing, axis):
    r = w * ((1 - smoothing) * q + smoothing / z.shape[-1])
    losses = -np.sum(r * z, axis=-1)
    return _Terms(z, r, losses, np.asarray(losses.size, z.dtype), axis)


def _index_terms(z, target, w, ignore_index, smoothing, axis):
    classes = z.shape[-1]
    counts, t = counted(target, z.shape[:-1], classes, ignore_index)
    chosen = np.where(counts, w[t], 0)
    t = t[..., np.newaxis]
    of_target = np.take_along_axis(z, t, axis=-1)[..., 0]
    r = np.broadcast_to(w * (smoothing / classes), z.shape).copy()
    np.put_along_axis(r, t, np.take_along_axis(r, t, axis=-1) + (1 - smoothing) * chosen[..., np.newaxis], axis=-1)
    losses = -(1 - smoothing) * chosen * of_target
    if smoothing:
        losses = losses - np.sum(w * (smoothing / classes) * z, axis=-1)
    return _Terms(z, r, np.where(counts, losses, 0), np.sum(chosen, dtype=z.dtype), axis)
