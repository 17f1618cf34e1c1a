"""Cross-entropy of a linear map, torch's `linear_cross_entropy`.

Source: PyTorch's documentation of `linear_cross_entropy`.

Formula:

    L = cross_entropy(z, t),   z = x W' + b

x is `input`, W is `linear_weight`, b is `linear_bias`, or 0, and t is `target`. All but the last dimension of W are
dimensions of the output; the first of them is that of the classes.

Gradient: L depends on x, W and b through z alone. With p the softmax of z and r_j the weight of class j
(see `cross_entropy`), l = -sum_j r_j log p_j. As dlog p_j/dz_i = 1{i = j} - p_i, s = dL/dz = g (p sum_j r_j - r) with g
what l receives. As z_c = sum_i W_ci x_i + b_c, dL/dx = s W, dL/dW = s' x and dL/db = sum s over the samples.
Probabilities q get -g (1 - e) w_j log p_j, with e the smoothing and w the class weights.

Options:
    linear_bias: what the linear map adds; None is nothing.
    weight: the weight w of each class; None is 1.
    reduction: none keeps the l, sum adds them, mean divides their sum as `cross_entropy` does.
    ignore_index: the index of samples that do not count; None is -100.
    label_smoothing: how much of every target is spread evenly over the classes.
    options: how torch splits the work to save memory, as a dictionary; the result is the same, and here it is ignored.

Shapes: `input` is (D,) or (N, D), `linear_weight` (C, D) or (C, d1, ..., D) and `linear_bias` the same without D; the
logits are (N, C, d1, ...) and `target` fits them as in `cross_entropy`.

Errors: ValueError for shapes that do not fit, an `ignore_index` for probabilities, and whatever `cross_entropy`
refuses.

torch: computes the same. Unlike `cross_entropy`, both refuse every `ignore_index` for probabilities, -100 included.

Example:

>>> x, w = np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
>>> float(forward(x, w, np.array([0, 1])).round(4))
0.5032
>>> backward(np.array(1.0), x, w, np.array([0, 1])).linear_weight.round(4).tolist()
[[-0.1345, 0.25], [0.1345, -0.25]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch.layers import linear
from scratch.losses import cross_entropy


class Gradients(NamedTuple):
    """Gradients by input; that of `target` is None for class indices, that of `linear_bias` where none was given."""

    input: np.ndarray
    linear_weight: np.ndarray
    target: np.ndarray | None = None
    linear_bias: np.ndarray | None = None


def forward(
    input,
    linear_weight,
    target,
    *,
    linear_bias=None,
    weight=None,
    reduction="mean",
    ignore_index=None,
    label_smoothing=0.0,
    options=None,
):
    """Return the cross-entropy of the linear map, reduced."""
    z = _logits(input, linear_weight, target, linear_bias, ignore_index)
    return cross_entropy.forward(z, target, weight, _index(ignore_index), reduction, label_smoothing)


def backward(
    grad,
    input,
    linear_weight,
    target,
    *,
    linear_bias=None,
    weight=None,
    reduction="mean",
    ignore_index=None,
    label_smoothing=0.0,
    options=None,
):
    """Return the gradients of `input`, `linear_weight`, `linear_bias` and, for probabilities, of `target`."""
    z = _logits(input, linear_weight, target, linear_bias, ignore_index)
    from_loss = cross_entropy.backward(grad, z, target, weight, _index(ignore_index), reduction, label_smoothing)
    s = from_loss.input.reshape(*input.shape[:-1], math.prod(linear_weight.shape[:-1]))
    from_map = linear.backward(s, input, *_flat(linear_weight, linear_bias))
    return Gradients(
        input=from_map.input,
        linear_weight=from_map.weight.reshape(linear_weight.shape),
        target=from_loss.target,
        linear_bias=None if linear_bias is None else from_map.bias.reshape(linear_bias.shape),
    )


def _index(ignore_index):
    return -100 if ignore_index is None else ignore_index


def _flat(weight, bias):
    """Return weight and bias with all dimensions of the output in one."""
    return weight.reshape(-1, weight.shape[-1]), None if bias is None else bias.reshape(-1)


def _logits(input, weight, target, bias, ignore_index):
    if input.ndim not in (1, 2) or weight.ndim < 2 or (weight.ndim > 2 and input.ndim == 1):
        raise ValueError(
            "Expected input (N, D) and linear_weight (C, ..., D), or input (D,) and linear_weight (C, D); "
            f"got {input.shape} and {weight.shape}."
        )
    if bias is not None and bias.shape != weight.shape[:-1]:
        raise ValueError(f"Expected linear_bias to have shape {weight.shape[:-1]}; got {bias.shape}.")
    if ignore_index is not None and target.dtype.kind == "f":
        raise ValueError(f"Expected no ignore_index for probabilities; got {ignore_index}.")
    return linear.forward(input, *_flat(weight, bias)).reshape(*input.shape[:-1], *weight.shape[:-1])
