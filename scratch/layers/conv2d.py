"""Convolution over two dimensions, torch's `conv2d`.

Source: LeCun et al., 1989, "Backpropagation Applied to Handwritten Zip Code Recognition", Neural Computation 1.

Formula:

    y_op = b_o + sum_ck W_ock x_c(s p - a + d k)        all pairs: rows and columns

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
    padding: how many zeros stand at each end of a dimension. "valid" is none; "same" makes the output as long as the
        input, with an odd zero at the end.
    dilation: the distance of two elements that a window sees.
    groups: into how many groups channels and outputs are divided.

Shapes: `input` is (N, C, H, W) or (C, H, W), `weight` (out, C / groups, KH, KW), `bias` (out,). The output is
(N, out, ...) or (out, ...). `stride`, `padding` and `dilation` are an integer, or a pair for rows and columns.

Errors: ValueError for shapes and groups that do not fit, a kernel larger than the padded input, a stride or dilation
below 1, a negative or unknown padding, and "same" with a stride.

torch: computes the same. It warns where "same" pads the two ends differently.

Example:

>>> forward(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[[[1.0, 10.0]]]])).tolist()
[[[21.0], [43.0]]]
>>> x, weight = np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([[[[1.0, 10.0]]]])
>>> backward(np.array([[[1.0], [0.0]]]), x, weight).input.tolist()
[[[1.0, 10.0], [0.0, 0.0]]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._windows import gather, integers, scatter, sliding_windows

PADDINGS = ("same", "valid")


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


def convolve(input, weight, bias, stride, padding, dilation, groups):
    """Return the convolution over the dimensions of space, those of `weight` after its first two."""
    windows = _windows(input, weight, bias, stride, padding, dilation, groups)
    y = _by_group(weight, groups) @ _columns(input, windows, groups)
    y = y.reshape(*_samples(input, windows), weight.shape[0], *windows.out)
    return y if bias is None else y + bias.reshape(-1, *(1,) * len(windows.out))


def convolve_backward(grad, input, weight, bias, stride, padding, dilation, groups):
    """Return the gradients of `input`, `weight` and `bias`."""
    windows = _windows(input, weight, bias, stride, padding, dilation, groups)
    samples, space = _samples(input, windows), len(windows.out)
    d_y = grad.reshape(*samples, groups, weight.shape[0] // groups, math.prod(windows.out))
    d_weight = d_y @ _columns(input, windows, groups).swapaxes(-1, -2)
    d_columns = _by_group(weight, groups).swapaxes(-1, -2) @ d_y
    d_columns = d_columns.reshape(*input.shape[:-space], *windows.positions.shape[::-1]).swapaxes(-1, -2)
    return (
        scatter(np.where(windows.inside, d_columns, 0), windows.positions, input.shape),
        np.sum(d_weight, axis=tuple(range(len(samples)))).reshape(weight.shape),
        None if bias is None else np.sum(grad, axis=(*range(len(samples)), *range(-space, 0))),
    )


def _by_group(weight, groups):
    """Return the weight W as one matrix for each group."""
    return weight.reshape(groups, weight.shape[0] // groups, math.prod(weight.shape[1:]))


def _columns(input, windows, groups):
    """Return the matrix A of what the windows see, for each sample and group."""
    columns = gather(input, windows, 0).swapaxes(-1, -2)
    channels, elements, count = columns.shape[-3:]
    return columns.reshape(*_samples(input, windows), groups, channels // groups * elements, count)


def _samples(input, windows):
    """Return the shape of the batch, () for one sample."""
    return input.shape[: -len(windows.out) - 1]


def _windows(input, weight, bias, stride, padding, dilation, groups):
    """Return the windows of a kernel of the shape of `weight`."""
    _require_shapes(input, weight, bias, groups)
    kernel, space = weight.shape[2:], weight.ndim - 2
    stride = integers("stride", stride, space, 1)
    dilation = integers("dilation", dilation, space, 1)
    return sliding_windows(input, kernel, stride, _paddings(padding, kernel, stride, dilation), dilation)


def _paddings(padding, kernel, stride, dilation):
    """Return the padding before and after each dimension."""
    if not isinstance(padding, str):
        return [(p, p) for p in integers("padding", padding, len(kernel), 0)]
    if padding not in PADDINGS:
        raise ValueError(f"Expected padding to be integers or one of {', '.join(PADDINGS)}; got {padding!r}.")
    if padding == "valid":
        return [(0, 0)] * len(kernel)
    if max(stride) > 1:
        raise ValueError(f"Expected a stride of 1 with padding 'same'; got {stride}.")
    reaches = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    return [(reach // 2, reach - reach // 2) for reach in reaches]


def _require_weight(weight):
    if weight.ndim != 4:
        raise ValueError(f"Expected weight to have shape (out, C / groups, KH, KW); got {weight.shape}.")


def _require_shapes(input, weight, bias, groups):
    space = weight.ndim - 2
    if input.ndim not in (space + 1, space + 2) or 0 in input.shape[-space:]:
        raise ValueError(f"Expected input to be (N, C, ...) or (C, ...) with {space} dimensions; got {input.shape}.")
    if groups < 1 or weight.shape[0] % groups:
        raise ValueError(f"Expected groups to divide the {weight.shape[0]} outputs; got {groups!r}.")
    if weight.size == 0 or input.shape[-space - 1] != weight.shape[1] * groups:
        raise ValueError(f"Expected input with {weight.shape[1] * groups} channels; got {input.shape}.")
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(f"Expected bias to have shape {weight.shape[:1]}; got {bias.shape}.")
