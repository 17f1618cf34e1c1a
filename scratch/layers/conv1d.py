"""Convolution over one dimension, torch's `conv1d`.

Source: LeCun et al., 1989, "Backpropagation Applied to Handwritten Zip Code Recognition", Neural Computation 1.

Formula:

    y_op = b_o + sum_ck W_ock x_c(s p - a + d k)

s is the stride, d the dilation, and x is 0 in the padding, of which a stand before x. The kernel is not flipped, so
this is a cross-correlation. With groups the channels c and the outputs o are divided, and each output sees the channels
of its group only.

Gradient: with what window p sees as column p of a matrix A, A_ck,p = x_c(s p - a + d k), the formula is Y = W A + b. So
dL/dW_ock = sum_p dL/dy_op A_ck,p, which is dL/dW = dL/dY A', and dL/dA = W' dL/dY, both within each group. Each x
stands in A once for every window that sees it, so dL/dx is the sum of dL/dA over its places. dL/db_o is the sum of
dL/dy_op over p. dL/dW and dL/db are sums over the samples too.

Options:
    bias: b; None adds nothing.
    stride: the distance of two windows.
    padding: how many zeros stand at each end. "valid" is none; "same" makes the output as long as the input, with an
        odd zero at the end.
    dilation: the distance of two elements that a window sees.
    groups: into how many groups channels and outputs are divided.

Shapes: `input` is (N, C, L) or (C, L), `weight` (out, C / groups, K), `bias` (out,). The output is (N, out, ...) or
(out, ...). `stride`, `padding` and `dilation` are an integer, or a sequence of one.

Errors: ValueError for shapes and groups that do not fit, a kernel larger than the padded input, a stride or dilation
below 1, a negative or unknown padding, and "same" with a stride.

torch: computes the same. It warns where "same" pads the two ends differently.

Example:

>>> forward(np.array([[1.0, 2.0, 4.0]]), np.array([[[1.0, 10.0]]])).tolist()
[[21.0, 42.0]]
>>> backward(np.array([[1.0, 0.0]]), np.array([[1.0, 2.0, 4.0]]), np.array([[[1.0, 10.0]]])).input.tolist()
[[1.0, 10.0, 0.0]]
"""

from typing import NamedTuple

import numpy as np

from scratch.layers.conv2d import convolve, convolve_backward


class Gradients(NamedTuple):
    """Gradients by input; that of `bias` is None where no bias was given."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None = None


def forward(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Return the convolution of `input` with `weight`."""
    _require_weight(weight)
    return convolve(input, weight, bias, stride, padding, dilation, groups)


def backward(grad, input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Return the gradients of `input`, `weight` and `bias`."""
    _require_weight(weight)
    return Gradients(*convolve_backward(grad, input, weight, bias, stride, padding, dilation, groups))


def _require_weight(weight):
    if weight.ndim != 3:
        raise ValueError(f"Expected weight to have shape (out, C / groups, K); got {weight.shape}.")
