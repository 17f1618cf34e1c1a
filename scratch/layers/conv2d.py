"""Convolution over two dimensions (LeCun et al., 1989, "Backpropagation Applied to Handwritten Zip Code Recognition").

    y_op = b_o + sum_ck W_ock x_c(s p + d k)        all pairs: rows and columns

The kernel is not flipped, so this is a cross-correlation; s is the stride, d the dilation, and x is 0 in the padding.
"same" pads so that the output is as long as the input, an odd padding after it; "valid" does not pad. With groups,
the channels and the outputs are divided, and each output sees the channels of its group only.

Gradient: with every window as a column of a matrix A, Y = W A + b (see `scratch._convolution`). So dL/dW = dL/dY A' and
dL/dA = W' dL/dY, and each x gets the sum over the windows that see it; dL/db is the sum of dL/dY over all but channels.

Shapes: `input` (N, C, H, W) or (C, H, W), `weight` (out, C / groups, KH, KW), `bias` (out,). ValueError for shapes
and groups that do not fit, a kernel larger than the padded input, a stride or dilation below 1, a negative or unknown
padding, and "same" with a stride.

>>> forward(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[[[1.0, 10.0]]]])).tolist()
[[[21.0], [43.0]]]
>>> x, weight = np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[[[1.0, 10.0]]]])
>>> backward(np.array([[[1.0], [0.0]]]), x, weight).input.tolist()
[[[1.0, 10.0], [0.0, 0.0]]]
"""

from typing import NamedTuple

import numpy as np

from scratch import _convolution


class Gradients(NamedTuple):
    """Gradients by input; that of `bias` is None where no bias was given."""

    input: np.ndarray
    weight: np.ndarray
    bias: np.ndarray | None = None


def forward(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Return the convolution of `input` with `weight`."""
    _require_weight(weight)
    return _convolution.convolve(input, weight, bias, stride, padding, dilation, groups)


def backward(grad, input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Return the gradients of `input`, `weight` and `bias`."""
    _require_weight(weight)
    return Gradients(*_convolution.pull(grad, input, weight, bias, stride, padding, dilation, groups))


def _require_weight(weight):
    if weight.ndim != 4:
        raise ValueError(f"Expected weight to have shape (out, C / groups, KH, KW); got {weight.shape}.")
