"""Negative log-likelihood of class indices, torch's `nll_loss`.

Source: Fisher, 1922, doi:10.1098/rsta.1922.0009, for the likelihood.

Formula:

    l = -w_t x_t
    L = l (none),   sum l (sum),   sum l / W (mean),   W = sum w_t

x is `input`, log-probabilities, t the class in `target` and w `weight`, or 1. Samples whose index is `ignore_index`
count for nothing, neither above nor below.

Gradient: l holds x_t alone, so dl/dx_i = -w_t 1{i = t}. It is multiplied by g, what its l receives: `grad` for none and
sum, `grad` / W for mean, and 0 of a sample that is ignored.

Options:
    weight: the weight w of each class; None is 1.
    ignore_index: the index of samples that do not count.
    reduction: none keeps the l, sum adds them, mean divides their sum by W.

Shapes: `input` is (C,), (N, C) or (N, C, d1, ...), `target` holds integers in the same shape without C, `weight` is
(C,), without a gradient.

Errors: ValueError for shapes that do not fit, an index outside [0, C) that is not `ignore_index`, and an unknown
reduction. Nothing checks that the probabilities sum to 1.

torch: computes the same. The mean over no sample that counts is NaN and its gradient 0.

Example:

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
    losses, _, w_t, _ = _terms(input, target, weight, ignore_index, reduction)
    return reduce(losses, reduction, np.sum(w_t))


def backward(grad, input, target, weight=None, ignore_index=-100, reduction="mean"):
    """Return the gradient of `input`."""
    losses, t, w_t, axis = _terms(input, target, weight, ignore_index, reduction)
    g = per_sample(grad, losses, reduction, np.sum(w_t))
    g = np.where(target != ignore_index, g, 0)  # where no sample counts, g is infinite, and times 0 NaN
    input_grad = np.zeros_like(input)
    np.put_along_axis(input_grad, t, np.expand_dims(-g * w_t, axis), axis)
    return input_grad


def _terms(input, target, weight, ignore_index, reduction):
    """Return the losses, the indices with the axis of the classes, the weight of every sample, and that axis."""
    require_reduction(reduction)
    axis = class_axis(input, weight)
    shape = input.shape[:axis] + input.shape[axis + 1 :]
    counts, t = counted(target, shape, input.shape[axis], ignore_index)
    w_t = np.where(counts, 1 if weight is None else weight[t], 0).astype(input.dtype)
    t = np.expand_dims(t, axis)
    x_t = np.take_along_axis(input, t, axis).squeeze(axis)
    return np.where(counts, -w_t * x_t, 0), t, w_t, axis
