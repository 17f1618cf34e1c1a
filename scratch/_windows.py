"""Windows that slide over an array: which elements each of them sees.

A window is a row of flat positions in the dimensions of space, (P, K) for P windows of K elements, with a mask of
those that lie inside the array; the others are padding.
"""

import math

import numpy as np


def sizes(name, value, count, least):
    """Return an option as that many integers, all of at least `least`, or raise a ValueError."""
    given = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if len(given) not in (1, count) or any(not isinstance(n, (int, np.integer)) or n < least for n in given):
        raise ValueError(f"Expected {name} to be {count} integers of at least {least}, or one for all; got {value!r}.")
    return given * count if len(given) == 1 else given


def slide(count, kernel, stride, before, dilation):
    """Return the positions along one axis that `count` windows see, (count, kernel)."""
    return np.arange(count)[:, np.newaxis] * stride + np.arange(kernel) * dilation - before


def partition(size, count):
    """Return the positions that each of `count` equal shares of an axis sees, -1 beyond its end."""
    start = np.arange(count) * size // count
    stop = -(-(np.arange(count) + 1) * size // count)
    seen = start[:, np.newaxis] + np.arange(max(stop - start, default=1))
    return np.where(seen < stop[:, np.newaxis], seen, -1)


def join(positions, shape):
    """Return the flat positions of windows over all axes, and which of them lie inside."""
    index, inside = np.zeros((1, 1), int), np.ones((1, 1), bool)
    for seen, size in zip(positions, shape, strict=True):
        within = (seen >= 0) & (seen < size)
        both = (len(index) * len(seen), index.shape[1] * seen.shape[1])
        index = (index[:, None, :, None] * size + np.where(within, seen, 0)[:, None, :]).reshape(both)
        inside = (inside[:, None, :, None] & within[:, None, :]).reshape(both)
    return index, inside


def gather(x, index, inside, fill):
    """Return what the windows see of `x`, whose last axis is flat, with `fill` outside."""
    return np.where(inside, x[..., index], fill)


def scatter(grad, index, length):
    """Return the sums of `grad` over the elements of its last two axes that share a position, (..., length)."""
    rows = math.prod(grad.shape[:-2])
    total = np.zeros((rows, length), grad.dtype)
    where = np.broadcast_to(index, grad.shape).reshape(rows, math.prod(grad.shape[-2:]))
    np.add.at(total, (np.arange(rows)[:, np.newaxis], where), grad.reshape(where.shape))
    return total.reshape(*grad.shape[:-2], length)


def flat(x, count):
    """Return `x` with its last `count` axes, those of space, as one."""
    return x.reshape(*x.shape[:-count], math.prod(x.shape[-count:]))
