"""Adaptive softmax, torch's module `AdaptiveLogSoftmaxWithLoss`.

Source: Grave et al., 2017, arXiv:1609.04309.

Formula: classes are sorted by frequency. Those below the first cutoff c_1 stand in the head; those from c_i up to
c_(i+1) are a cluster, with one more place in the head and a softmax of its own behind a projection to fewer dimensions:

    z = log_softmax(W x + b)                       the head: c_1 classes, then one place a cluster
    v^i = log_softmax(U_i h),   h = D_i x          the classes within cluster i
    o = z_t                                        for a class t of the head
    o = z_(c_1 + i) + v^i_(t - c_i)                for a class t of cluster i (counted from 0)
    L = -1/N sum o

x is `input`, t is `target`, W is `head_weight`, b is `head_bias`, or 0, and `tail` holds D_i and U_i.

Gradient: o reaches L as well, so each o receives g = dL/do - dL/N of the two cotangents in `grad`. A log-softmax v of
logits a has dv_k/da_j = 1{k = j} - exp(v_j); g at the places k of the targets makes s of it, the gradient of the
logits. The head gives dW = s' x, db = sum s and dx = s W. The samples of cluster i have an s_i of their own for U_i h:
dU_i = s_i' h, dD_i = (s_i U_i)' x, and dx gets s_i U_i D_i more.

Options:
    cutoffs: the first class of every cluster in turn, then the number of classes, as in the module's own `cutoffs`.

Shapes: `input` is (N, D) or (D,), `target` (N,) or () with class indices; `head_weight` is (c_1 + clusters, D),
`head_bias` the same without D, or None; `tail` holds D_i (H_i, D) and U_i (c_(i+1) - c_i, H_i) for every cluster in
turn. Returns o, (N,) or (), and the loss.

Errors: ValueError for shapes that do not fit, a class outside [0, number of classes), and cutoffs that do not increase.

torch: computes the same. It keeps the weights in the module; here they are arguments. The loss of no sample is NaN.

Example:

>>> head, down, up = np.zeros((3, 2)), np.ones((1, 2)), np.zeros((2, 1))
>>> o, loss = forward(np.ones((2, 2)), np.array([0, 3]), head, None, down, up, cutoffs=(2, 4))
>>> o.round(4).tolist(), float(loss.round(4))
([-1.0986, -1.7918], 1.4452)
>>> zero = np.zeros(2), np.array(1.0)
>>> backward(zero, np.ones((2, 2)), np.array([0, 3]), head, None, down, up, cutoffs=(2, 4)).tail[1].tolist()
[[0.5], [-0.5]]
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import log_softmax


class Gradients(NamedTuple):
    """Gradients by input; `tail` holds as many as were given, that of `head_bias` is None where none was given."""

    input: np.ndarray
    head_weight: np.ndarray
    head_bias: np.ndarray | None
    tail: tuple


def forward(input, target, head_weight, head_bias, *tail, cutoffs):
    """Return the log-probability of every target, and the mean of their negatives."""
    x, t = _batch(input, target, head_weight, head_bias, tail, cutoffs)
    place = _place(t, cutoffs)
    logits = x @ head_weight.T if head_bias is None else x @ head_weight.T + head_bias
    output = _chosen(log_softmax.forward(logits, dim=1), place)
    for i, (D, U) in enumerate(_clusters(tail)):
        rows = place == cutoffs[0] + i
        logits = x[rows] @ D.T @ U.T
        output[rows] += _chosen(log_softmax.forward(logits, dim=1), t[rows] - cutoffs[i])
    with np.errstate(invalid="ignore"):
        loss = np.divide(np.sum(-output), len(output), dtype=output.dtype)
    return output.reshape(target.shape), loss


def backward(grad, input, target, head_weight, head_bias, *tail, cutoffs):
    """Return the gradients; `grad` holds those of the log-probabilities and of the loss."""
    x, t = _batch(input, target, head_weight, head_bias, tail, cutoffs)
    place = _place(t, cutoffs)
    g = grad[0].reshape(-1) - grad[1] / max(len(t), 1)
    logits = x @ head_weight.T if head_bias is None else x @ head_weight.T + head_bias
    s = log_softmax.backward(_scattered(g, logits, place), logits, dim=1)
    input_grad, tail_grads = s @ head_weight, []
    for i, (D, U) in enumerate(_clusters(tail)):
        rows = place == cutoffs[0] + i
        h = x[rows] @ D.T
        logits = h @ U.T
        s_i = log_softmax.backward(_scattered(g[rows], logits, t[rows] - cutoffs[i]), logits, dim=1)
        h_grad = s_i @ U
        input_grad[rows] += h_grad @ D
        tail_grads += [h_grad.T @ x[rows], s_i.T @ h]
    bias_grad = None if head_bias is None else np.sum(s, axis=0)
    return Gradients(input_grad.reshape(input.shape), s.T @ x, bias_grad, tuple(tail_grads))


def _clusters(tail):
    return list(zip(tail[::2], tail[1::2], strict=True))


def _place(t, cutoffs):
    """Return the place of every class in the head: its own, or that of its cluster."""
    cluster = np.searchsorted(cutoffs, t, side="right")
    return np.where(cluster == 0, t, cutoffs[0] + cluster - 1)


def _chosen(z, at):
    """Return the element of every row at its index."""
    return np.take_along_axis(z, at[:, np.newaxis], axis=1)[:, 0]


def _scattered(g, logits, at):
    """Return the gradient of a log-softmax of these logits: g where its output was chosen, 0 elsewhere."""
    scattered = np.zeros_like(logits)
    np.put_along_axis(scattered, at[:, np.newaxis], g[:, np.newaxis], axis=1)
    return scattered


def _batch(input, target, head_weight, head_bias, tail, cutoffs):
    """Return input and target with a batch dimension."""
    steps = [high - low for low, high in zip((0, *cutoffs), cutoffs, strict=False)]
    if len(steps) < 2 or min(steps) <= 0:
        raise ValueError(f"Expected cutoffs to be increasing positive integers, two at least; got {cutoffs!r}.")
    if target.ndim > 1 or input.shape[:-1] != target.shape or input.ndim != target.ndim + 1:
        raise ValueError(
            f"Expected input of shape (N, D) and target (N,), or (D,) and (); got {input.shape} and {target.shape}."
        )
    if np.any((target < 0) | (target >= cutoffs[-1])):
        raise ValueError(f"Expected target to hold class indices from 0 to {cutoffs[-1] - 1}; got {target.tolist()}.")
    features, head = input.shape[-1], cutoffs[0] + len(cutoffs) - 1
    _require("head_weight", head_weight.shape, (head, features))
    _require("head_bias", (head,) if head_bias is None else head_bias.shape, (head,))
    if len(tail) != 2 * (len(cutoffs) - 1):
        raise ValueError(f"Expected tail to hold {2 * (len(cutoffs) - 1)} arrays, two a cluster; got {len(tail)}.")
    for i, (down, up) in enumerate(_clusters(tail)):
        _require(f"tail[{2 * i}]", down.shape, (down.shape[0], features))
        _require(f"tail[{2 * i + 1}]", up.shape, (steps[i + 1], down.shape[0]))
    return input.reshape(-1, features), target.reshape(-1)


def _require(name, got, expected):
    if got != expected:
        raise ValueError(f"Expected {name} to have shape {expected}; got {got}.")
