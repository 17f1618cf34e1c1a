"""Convolution over any number of dimensions of space, as a product of matrices.

The columns A are what the windows see, (C k, P) for P windows of k elements in C channels. Then Y = W A + b, and
dL/dA = W' dL/dY, dL/dW = dL/dY A', both within each group of channels; dL/dx sums dL/dA over the windows that see x.
"""

import math

import numpy as np

from scratch import _windows

PADDINGS = ("same", "valid")


def convolve(input, weight, bias, stride, padding, dilation, groups):
    """Return the convolution; the dimensions of space are those of `weight` after its first two."""
    index, inside, out = _seen(input, weight, bias, stride, padding, dilation, groups)
    y = _by_group(weight, groups) @ _columns(input, weight, index, inside, groups)
    y = y.reshape(*input.shape[: input.ndim - len(out) - 1], weight.shape[0], *out)
    return y if bias is None else y + bias.reshape(-1, *(1,) * len(out))


def pull(grad, input, weight, bias, stride, padding, dilation, groups):
    """Return the gradients of input, weight and bias."""
    index, inside, out = _seen(input, weight, bias, stride, padding, dilation, groups)
    space = len(out)
    samples = input.shape[: input.ndim - space - 1]
    g = grad.reshape(*samples, groups, weight.shape[0] // groups, math.prod(out))
    columns = _columns(input, weight, index, inside, groups)
    of_weight = g @ columns.swapaxes(-1, -2)
    of_columns = _by_group(weight, groups).swapaxes(-1, -2) @ g
    of_columns = of_columns.reshape(*samples, input.shape[-space - 1], *index.shape[::-1])
    of_windows = np.where(inside, of_columns.swapaxes(-1, -2), 0)
    return (
        _windows.scatter(of_windows, index, math.prod(input.shape[-space:])).reshape(input.shape),
        np.sum(of_weight, axis=tuple(range(len(samples)))).reshape(weight.shape),
        None if bias is None else np.sum(grad, axis=(*range(len(samples)), *range(-space, 0))),
    )


def _by_group(weight, groups):
    """Return the weight as one matrix for each group."""
    return weight.reshape(groups, weight.shape[0] // groups, math.prod(weight.shape[1:]))


def _columns(input, weight, index, inside, groups):
    """Return what the windows see, (..., groups, C k, P)."""
    space = weight.ndim - 2
    seen = _windows.gather(_windows.flat(input, space), index, inside, 0).swapaxes(-1, -2)
    return seen.reshape(*input.shape[: input.ndim - space - 1], groups, math.prod(weight.shape[1:]), len(index))


def _seen(input, weight, bias, stride, padding, dilation, groups):
    """Return the windows, and how many of them there are along each dimension of space."""
    space = weight.ndim - 2
    _require_shapes(input, weight, bias, groups)
    kernel, shape = weight.shape[2:], input.shape[-space:]
    stride = _windows.sizes("stride", stride, space, 1)
    dilation = _windows.sizes("dilation", dilation, space, 1)
    reach = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    pads = _paddings(padding, reach, stride)
    free = [n + sum(p) - r - 1 for n, p, r in zip(shape, pads, reach, strict=True)]
    if min(free) < 0:
        raise ValueError(f"Expected a kernel no larger than the padded input; got {kernel} for input {input.shape}.")
    out = tuple(f // s + 1 for f, s in zip(free, stride, strict=True))
    befores = [before for before, _ in pads]
    axes = map(_windows.slide, out, kernel, stride, befores, dilation)
    return *_windows.join(axes, shape), out


def _paddings(padding, reach, stride):
    """Return the padding before and after each dimension; "same" puts an odd one after."""
    if not isinstance(padding, str):
        return [(p, p) for p in _windows.sizes("padding", padding, len(reach), 0)]
    if padding not in PADDINGS:
        raise ValueError(f"Expected padding to be integers or one of {', '.join(PADDINGS)}; got {padding!r}.")
    if padding == "same" and max(stride) > 1:
        raise ValueError(f"Expected a stride of 1 with padding 'same'; got {stride}.")
    return [(r // 2, r - r // 2) if padding == "same" else (0, 0) for r in reach]


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
