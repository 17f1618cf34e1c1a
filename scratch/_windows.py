"""Windows over the dimensions of space: which elements each of them sees, and what goes back to those elements.

A window is a row of flat positions, (P, K) for P windows of K elements, with a mask of those that lie inside the
array; the others are padding.
"""

import math
from functools import reduce
from typing import NamedTuple

import numpy as np


class Windows(NamedTuple):
    """Flat positions (P, K), which lie inside, how many (P,) lie inside or in the padding, and P by dimension."""

    positions: np.ndarray
    inside: np.ndarray
    padded_count: np.ndarray
    out: tuple


def sliding_windows(input, kernel, stride, paddings, dilation, ceil_mode=False):
    """Return the windows that slide over the last dimensions; each option has an entry for each of them.

    A padding is a pair of numbers, before and after.
    """
    shape = input.shape[-len(kernel) :]
    axes = list(zip(shape, kernel, stride, paddings, dilation, strict=True))
    out = tuple(_window_count(*axis, ceil_mode) for axis in axes)
    if min(out) < 1:
        raise ValueError(f"Expected a kernel no larger than the padded input; got {kernel} for input {input.shape}.")
    along_axes = [
        np.arange(n)[:, np.newaxis] * s + np.arange(k) * d - before
        for n, (_, k, s, (before, _), d) in zip(out, axes, strict=True)
    ]
    positions, inside = _flat_positions(along_axes, shape)
    # A last window of ceil_mode may reach beyond the padding; what it sees there counts nowhere.
    ends = [size + after for size, (_, after) in zip(shape, paddings, strict=True)]
    counts = [np.sum(q < end, axis=1) for q, end in zip(along_axes, ends, strict=True)]
    return Windows(positions, inside, reduce(np.multiply.outer, counts).reshape(-1), out)


def pooling_windows(input, space, kernel_size, stride, padding, dilation, ceil_mode):
    """Return the windows that slide over the last `space` dimensions, by the options of torch's pooling layers."""
    _require_shape(input, space, channels=True)
    kernel = integers("kernel_size", kernel_size, space, 1)
    stride = kernel if stride is None or stride == () else integers("stride", stride, space, 1)
    padding = integers("padding", padding, space, 0)
    dilation = integers("dilation", dilation, space, 1)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"Expected padding of at most half of the kernel, {kernel}; got {padding}.")
    return sliding_windows(input, kernel, stride, [(p, p) for p in padding], dilation, ceil_mode)


def adaptive_windows(input, space, output_size, channels=False):
    """Return the windows that divide the last `space` dimensions into equal shares; None for a size keeps it."""
    _require_shape(input, space, channels)
    shape = input.shape[-space:]
    sizes = output_size
    if isinstance(sizes, (tuple, list)) and space == len(sizes) == 2:
        sizes = [n if size is None else size for size, n in zip(sizes, shape, strict=True)]
    elif isinstance(sizes, (tuple, list)) and len(sizes) != space:
        raise ValueError(f"Expected output_size to be {space} integers, or one for all; got {output_size!r}.")
    out = integers("output_size", sizes, space, 0)
    along_axes = [_adaptive_positions(*axis) for axis in zip(shape, out, strict=True)]
    positions, inside = _flat_positions(along_axes, shape)
    return Windows(positions, inside, np.sum(inside, axis=1), out)


def gather(input, windows, fill):
    """Return what the windows see of `input`, (..., P, K), with `fill` outside."""
    return np.where(windows.inside, flat(input, len(windows.out))[..., windows.positions], fill)


def scatter(grad, positions, shape):
    """Return an array of this shape with the sums of `grad`, (..., P, K), over all places of one flat position."""
    rows = math.prod(grad.shape[:-2])
    total = np.zeros((rows, math.prod(shape[grad.ndim - 2 :])), grad.dtype)
    columns = np.broadcast_to(positions, grad.shape).reshape(rows, math.prod(grad.shape[-2:]))
    # Windows overlap: total[...] += grad would add once for a position that is repeated.
    np.add.at(total, (np.arange(rows)[:, np.newaxis], columns), grad.reshape(columns.shape))
    return total.reshape(shape)


def flat(x, space):
    """Return `x` with its last dimensions, those of space, as one."""
    return x.reshape(*x.shape[:-space], math.prod(x.shape[-space:]))


def integers(name, value, count, least):
    """Return an option as that many integers, all of at least `least`, or raise a ValueError."""
    numbers = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if len(numbers) not in (1, count) or any(not isinstance(n, (int, np.integer)) or n < least for n in numbers):
        raise ValueError(f"Expected {name} to be {count} integers of at least {least}, or one for all; got {value!r}.")
    return numbers * count if len(numbers) == 1 else numbers


def _window_count(size, kernel, stride, padding, dilation, ceil_mode):
    """Return how many windows fit; with `ceil_mode` one more may, if it begins before the padding on the right."""
    before, after = padding
    free = size + before + after - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return free // stride + 1
    count = -(-free // stride) + 1
    return count - 1 if (count - 1) * stride >= size + before else count


def _adaptive_positions(size, count):
    """Return the positions that each of `count` equal shares of an axis sees, -1 beyond its end."""
    start = np.arange(count) * size // count
    stop = -(-(np.arange(count) + 1) * size // count)
    positions = start[:, np.newaxis] + np.arange(max(stop - start, default=1))
    return np.where(positions < stop[:, np.newaxis], positions, -1)


def _flat_positions(along_axes, shape):
    """Return the flat positions of windows over all axes, and which of them lie inside."""
    positions, inside = np.zeros((1, 1), int), np.ones((1, 1), bool)
    for along, size in zip(along_axes, shape, strict=True):
        within = (along >= 0) & (along < size)
        both = (len(positions) * len(along), positions.shape[1] * along.shape[1])
        positions = (positions[:, None, :, None] * size + np.where(within, along, 0)[:, None, :]).reshape(both)
        inside = (inside[:, None, :, None] & within[:, None, :]).reshape(both)
    return positions, inside


def _require_shape(input, space, channels):
    inner = input.shape[-space - (1 if channels else 0) :]
    if input.ndim not in (space + 1, space + 2) or 0 in inner:
        raise ValueError(f"Expected input to be (N, C, ...) or (C, ...) with {space} dimensions; got {input.shape}.")
