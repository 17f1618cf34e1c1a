"""Bilinear map, torch's `bilinear`.

Source: the definition in PyTorch's documentation.

Formula:

    y_o = sum_ij u_i W_oij v_j + b_o        u, v: the two inputs

Gradient: with g = dL/dy, dL/du_i = sum_oj g_o W_oij v_j and dL/dv_j = sum_oi g_o W_oij u_i. Summed over every sample,
dL/dW_oij = sum g_o u_i v_j and dL/db_o = sum g_o.

Options:
    bias: b; None adds nothing.

Shapes: `input1` is (..., I) and `input2` (..., J), alike but for their last dimension, `weight` (out, I, J), `bias`
(out,). The output is (..., out).

Errors: ValueError for shapes that do not fit.

torch: computes the same.

Example:

>>> forward(np.array([1.0, 2.0]), np.array([3.0]), np.array([[[1.0], [10.0]]])).tolist()
[63.0]
>>> backward(np.array([1.0]), np.array([1.0, 2.0]), np.array([3.0]), np.array([[[1.0], [10.0]]])).input1.tolist()
[3.0, 30.0]
"""

from typing import NamedTuple

import numpy as np


class Gradients(NamedTuple):
    """Gradients by input; that of `bias` is None where no bias was given."""

    input1: np.ndarray
    input2: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None = None


def forward(input1, input2, weight, bias=None):
    """Return the bilinear map of the two inputs."""
    _require_shapes(input1, input2, weight, bias)
    output = np.einsum("...i,oij,...j->...o", input1, weight, input2)
    return output if bias is None else output + bias


def backward(grad, input1, input2, weight, bias=None):
    """Return the gradients of `input1`, `input2`, `weight` and `bias`."""
    _require_shapes(input1, input2, weight, bias)
    samples = tuple(range(grad.ndim - 1))
    g, u, v = (x.reshape(-1, x.shape[-1]) for x in (grad, input1, input2))
    return Gradients(
        input1=np.einsum("...o,oij,...j->...i", grad, weight, input2),
        input2=np.einsum("...o,oij,...i->...j", grad, weight, input1),
        weight=np.einsum("no,ni,nj->oij", g, u, v),
        bias=None if bias is None else np.sum(grad, axis=samples),
    )


def _require_shapes(input1, input2, weight, bias):
    if weight.ndim != 3:
        raise ValueError(f"Expected weight to have shape (out, I, J); got {weight.shape}.")
    for name, x, size in (("input1", input1, weight.shape[1]), ("input2", input2, weight.shape[2])):
        if x.ndim == 0 or x.shape[-1] != size:
            raise ValueError(f"Expected the last dimension of {name} to be {size}; got shape {x.shape}.")
    if input1.shape[:-1] != input2.shape[:-1]:
        raise ValueError(f"Expected inputs of the same samples; got shapes {input1.shape} and {input2.shape}.")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"Expected bias to have shape {weight.shape[:1]}; got {bias.shape}.")
