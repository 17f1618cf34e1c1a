"""What pooling layers share: their windows, the largest or the mean of each, and what goes back to the elements."""

import math
from typing import NamedTuple

import numpy as np

from scratch import _windows


class Seen(NamedTuple):
    """The windows: flat positions (P, K), which lie inside, how many lie inside or in the padding, and the output."""

    place: np.ndarray
    inside: np.ndarray
    padded: np.ndarray
    out: tuple


def sliding(input, space, kernel_size, stride, padding, dilation, ceil_mode):
    """Return the windows that slide over the last `space` dimensions."""
    _require_shape(input, space, channels=True)
    kernel = _windows.sizes("kernel_size", kernel_size, space, 1)
    stride = kernel if stride is None or stride == () else _windows.sizes("stride", stride, space, 1)
    padding = _windows.sizes("padding", padding, space, 0)
    dilation = _windows.sizes("dilation", dilation, space, 1)
    if any(2 * p > k for p, k in zip(padding, kernel, strict=True)):
        raise ValueError(f"Expected padding of at most half of the kernel, {kernel}; got {padding}.")
    shape = input.shape[-space:]
    axes = list(zip(shape, kernel, stride, padding, dilation, strict=True))
    out = tuple(_count(*axis, ceil_mode) for axis in axes)
    if min(out) < 1:
        raise ValueError(f"Expected a kernel no larger than the padded input; got {kernel} for input {input.shape}.")
    positions = [_windows.slide(o, k, s, p, d) for o, (_, k, s, p, d) in zip(out, axes, strict=True)]
    index, inside = _windows.join(positions, shape)
    _, padded = _windows.join(
        [np.maximum(q, 0) for q in positions], [n + p for n, p in zip(shape, padding, strict=True)]
    )
    return Seen(index, inside, padded, out)


def shares(input, space, output_size, channels=False):
    """Return the windows that divide the last `space` dimensions; None for a size keeps it."""
    _require_shape(input, space, channels)
    shape = input.shape[-space:]
    wanted = output_size
    if isinstance(wanted, (tuple, list)) and space == len(wanted) == 2:
        wanted = [n if o is None else o for o, n in zip(wanted, shape, strict=True)]
    elif isinstance(wanted, (tuple, list)) and len(wanted) != space:
        raise ValueError(f"Expected output_size to be {space} integers, or one for all; got {output_size!r}.")
    out = _windows.sizes("output_size", wanted, space, 0)
    index, inside = _windows.join([_windows.partition(n, o) for n, o in zip(shape, out, strict=True)], shape)
    return Seen(index, inside, inside, out)


def largest(input, seen):
    """Return the largest element of every window and its flat position."""
    x, where = _winners(input, seen)
    shape = (*input.shape[: -len(seen.out)], *seen.out)
    return np.take_along_axis(x, where, axis=-1).reshape(shape), where.reshape(shape)


def to_largest(grad, input, seen):
    """Return the gradient of `input`, where `grad` is that of the largest elements."""
    x, where = _winners(input, seen)
    g = grad.reshape(*where.shape, 1)
    return _windows.scatter(g, where[..., np.newaxis], x.shape[-1]).reshape(input.shape)


def divisor(seen, count_include_pad, override):
    """Return what the sum of each window is divided by."""
    if override == 0:
        raise ValueError("Expected divisor_override not to be 0; got 0.")
    return np.sum(seen.padded if count_include_pad else seen.inside, axis=1) if override is None else override


def average(input, seen, count):
    """Return the sum of every window divided by `count`."""
    x = _windows.gather(_windows.flat(input, len(seen.out)), seen.place, seen.inside, 0)
    mean = np.divide(np.sum(x, axis=-1), count, dtype=input.dtype)
    return mean.reshape(*input.shape[: -len(seen.out)], *seen.out)


def to_average(grad, input, seen, count):
    """Return the gradient of `input`, where `grad` is that of the means."""
    each = np.divide(_windows.flat(grad, len(seen.out)), count, dtype=grad.dtype)[..., np.newaxis]
    length = math.prod(input.shape[-len(seen.out) :])
    return _windows.scatter(np.where(seen.inside, each, 0), seen.place, length).reshape(input.shape)


def _winners(input, seen):
    """Return `input` with one axis of space, and the position of the first largest in each window, or its last NaN."""
    x = _windows.flat(input, len(seen.out))
    values = _windows.gather(x, seen.place, seen.inside, -math.inf)
    first = np.argmax(seen.inside, axis=1)  # wins where all are -inf, as the padding is
    best = np.where(np.max(values, axis=-1) == -math.inf, first, np.argmax(values, axis=-1))
    missing = np.isnan(values)
    last = values.shape[-1] - 1 - np.argmax(missing[..., ::-1], axis=-1)
    best = np.where(np.any(missing, axis=-1), last, best)
    return x, np.take_along_axis(np.broadcast_to(seen.place, values.shape), best[..., np.newaxis], axis=-1)[..., 0]


def _count(size, kernel, stride, padding, dilation, ceil_mode):
    """Return how many windows fit; with `ceil_mode` one more may, if it begins before the padding on the right."""
    free = size + 2 * padding - dilation * (kernel - 1) - 1
    if not ceil_mode:
        return free // stride + 1
    count = -(-free // stride) + 1
    return count - 1 if (count - 1) * stride >= size + padding else count


def _require_shape(input, space, channels):
    inner = input.shape[-space - (1 if channels else 0) :]
    if input.ndim not in (space + 1, space + 2) or 0 in inner:
        raise ValueError(f"Expected input to be (N, C, ...) or (C, ...) with {space} dimensions; got {input.shape}.")
