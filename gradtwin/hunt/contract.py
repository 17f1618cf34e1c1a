"""What an array may be a promise of: its sign, its range, sums of one, order, symmetry; what is varied keeps it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["contract", "is_whole"]

Array = NDArray[Any]
Change = Callable[[Array], Array]

TELLING = 4
"""Elements from which on their having one sign is taken for a promise."""
DIGITS = 2
"""Decimal digits to which shares add up to one, since they are rounded."""


def contract(x: Array) -> Change:
    """Return what gives other numbers of the same shape, or of another, the properties that those of an array have.

    Nobody says what an input may be. What all of its elements have in common may be a promise; a mistake is not
    looked for where it is broken.
    """
    changes: list[Change] = []
    if _is_one_hot(x):
        return _one_hot
    if x.size >= TELLING and np.all(x >= 0):
        changes.append(np.abs)
        if np.all(x > 0):
            changes.append(_positive)
        if np.all(x <= 1) and not is_whole(x):
            changes.append(_within_one)
        if _are_shares(x):
            changes.append(_shares)
        elif np.all(x < 1):
            changes.append(_below_one)
    elif x.size and np.all((x > 0) & (x < 1)):  # so few may be a share, or anything
        changes.append(_off_the_ends)
    elif x.size >= TELLING and np.all(x <= 0):
        changes.append(_negative)
    if x.ndim == 2 and x.shape[0] == x.shape[1] > 1:
        changes += [kept for has, kept in MATRICES if has(x)]
    if x.ndim == 1 and x.size >= TELLING and np.all(x[:-1] <= x[1:]):
        changes.append(np.sort)

    def change(numbers: Array) -> Array:
        for step in changes:
            numbers = step(numbers)
        return np.asarray(numbers)

    return change


def is_whole(x: Array) -> bool:
    """Return whether all numbers are whole: labels, counts, or ranks."""
    return bool(np.all(x == np.round(x)))


def _is_one_hot(x: Array) -> bool:
    return x.ndim > 1 and bool(np.all((x == 0) | (x == 1)) and np.all(x.sum(axis=-1) == 1))


def _one_hot(x: Array) -> Array:
    return np.asarray(np.arange(x.shape[-1]) == x.argmax(axis=-1)[..., None], x.dtype) if x.size and x.ndim else x


def _positive(x: Array) -> Array:
    # What was above zero may stand in a logarithm.
    return np.where(x == 0, 1.0, x)


def _negative(x: Array) -> Array:
    return -np.abs(x)


def _within_one(x: Array) -> Array:
    return x / max(float(np.max(x, initial=0)), 1.0)


def _below_one(x: Array) -> Array:
    # As one minus it may.
    return np.where(x == 1, 0.5, x)


def _off_the_ends(x: Array) -> Array:
    return np.where((x == 0) | (x == 1), 0.5, x)


def _are_shares(x: Array) -> bool:
    return x.ndim > 0 and not is_whole(x) and bool(np.all(np.round(x.sum(axis=-1), DIGITS) == 1))


def _shares(x: Array) -> Array:
    total = x.sum(axis=-1, keepdims=True)
    return np.where(total > 0, x / np.where(total > 0, total, 1), 1 / max(x.shape[-1], 1)) if x.ndim else x


def _is_symmetric(x: Array) -> bool:
    return np.array_equal(x, x.T)


def _symmetric(x: Array) -> Array:
    return np.triu(x) + np.triu(x, 1).T if x.ndim == 2 and x.shape[0] == x.shape[1] else x


def _is_lower(x: Array) -> bool:
    return not np.any(np.triu(x, 1))


def _is_upper(x: Array) -> bool:
    return not np.any(np.tril(x, -1))


MATRICES: tuple[tuple[Callable[[Array], bool], Change], ...] = (
    (_is_symmetric, _symmetric),
    (_is_lower, np.tril),
    (_is_upper, np.triu),
)
"""What square matrices may be, and how others become so."""
