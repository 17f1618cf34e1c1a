"""Affine map, torch's `linear`.

Source: the definition in PyTorch's documentation.

Formula:

    y = x W' + b,   y_n = sum_k x_k W_nk + b_n

Gradient: with g = dL/dy, dL/dx_k = sum_n g_n W_nk, so dL/dx = g W. Summed over every sample, dL/dW_nk = sum g_n x_k, so
dL/dW = g' x, and dL/db_n = sum g_n.

Options:
    bias: b; None adds nothing.

Shapes: `input` is (..., in), `weight` (out, in) or (in,), `bias` (out,) or anything that broadcasts to the output. The
output is (..., out), or (...) for a weight of one dimension.

Errors: ValueError for shapes that do not fit.

torch: computes the same.

Example:

>>> forward(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([0.0, 1.0])).tolist()
[[11.0, 18.0]]
>>> backward(np.array([[1.0, 0.0]]), np.array([[1.0, 2.0]]), np.array([[3.0, 4.0], [5.0, 6.0]])).weight.tolist()
[[1.0, 2.0], [0.0, 0.0]]
"""

from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast


class Gradients(NamedTuple):
    """Gradients by input; that of `bias` is None where no bias was given."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None = None


def forward(input, weight, bias=None):
    """Return the affine map of `input`."""
    _require_shapes(input, weight, bias)
    output = input @ weight.T
    return output if bias is None else output + bias


def backward(grad, input, weight, bias=None):
    """Return the gradients of `input`, `weight` and `bias`."""
    _require_shapes(input, weight, bias)
    matrix = np.atleast_2d(weight)
    g = grad.reshape(-1, matrix.shape[0])
    return Gradients(
        input=(g @ matrix).reshape(input.shape),
        weight=(g.T @ input.reshape(-1, input.shape[-1])).reshape(weight.shape),
        bias=None if bias is None else unbroadcast(grad, bias.shape),
    )


def _require_shapes(input, weight, bias):
    if weight.ndim not in (1, 2):
        raise ValueError(f"Expected weight to have shape (out, in) or (in,); got {weight.shape}.")
    if input.ndim == 0 or input.shape[-1] != weight.shape[-1]:
        raise ValueError(f"Expected the last dimension of input to be {weight.shape[-1]}; got shape {input.shape}.")
    output = (*input.shape[:-1], *weight.shape[:-1])
    if bias is not None and np.broadcast_shapes(bias.shape, output) != output:
        raise ValueError(f"Expected bias to broadcast to the output, {output}; got {bias.shape}.")
