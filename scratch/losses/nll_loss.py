"""Negative log-likelihood of class indices (Fisher, 1922, for the likelihood), torch's `nll_loss`.

With log-probabilities x, class t and class weights w:

    l = -w_t x_t,   reduced: none l, sum sum l, mean sum l / sum w_t

Samples whose index is `ignore_index` count for nothing, neither above nor below.

Gradient: dl/dx_i = -w_t 1{i = t}. For sum the gradient of every l is dL; for mean it is dL / sum w_t.

Shapes: `input` is (C,), (N, C) or (N, C, d1, ...), `target` holds integers in the same shape without C, `weight` is
(C,), without a gradient. ValueError for shapes that do not fit, an index outside [0, C) that is not `ignore_index`,
and an unknown reduction.

The mean over no sample that counts is NaN and its gradient 0, as in torch. Nothing checks that the probabilities sum
to 1.

>>> x = np.log(np.array([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]]))
>>> float(forward(x, np.array([1, 1])).round(4))
0.8047
>>> backward(np.array(1.0), x, np.array([1, 1])).tolist()
[[0.0, -0.5, 0.0], [0.0, -0.5, 0.0]]
"""

import numpy as np

from scratch._classes import class_axis, counted
from scratch._reduction import per_sample, reduce, require_reduction


def forward(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """Return the negative log-likelihood, reduced."""
    losses, _, weights, _ = _terms(input, target, weight, ignore_index, reduction)
    return reduce(losses, reduction, np.sum(weights))


def backward(grad, input, target, weight=None, ignore_index=-100, reduction="mean"):
    """Return the gradient of `input`."""
    losses, t, weights, axis = _terms(input, target, weight, ignore_index, reduction)
    each = np.where(target != ignore_index, per_sample(grad, losses, reduction, np.sum(weights)), 0)
    slope = np.zeros_like(input)
    np.put_along_axis(slope, t, np.expand_dims(-each * weights, axis), axis)
    return slope


def _terms(input, target, weight, ignore_index, reduction):
    """Return the losses, the indices with the axis of the classes, the weight of every sample, and that axis."""
    require_reduction(reduction)
    axis = class_axis(input, weight)
    shape = input.shape[:axis] + input.shape[axis + 1 :]
    counts, t = counted(target, shape, input.shape[axis], ignore_index)
    weights = np.where(counts, 1 if weight is None else weight[t], 0).astype(input.dtype)
    t = np.expand_dims(t, axis)
    chosen = np.take_along_axis(input, t, axis).squeeze(axis)
    return np.where(counts, -weights * chosen, 0), t, weights, axis
