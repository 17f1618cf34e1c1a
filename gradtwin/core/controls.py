"""Controls: wrong copies of a right result, which a comparison must refuse to prove that it could have failed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CONTROL_DISTANCE, VISIBLE
from gradtwin.core.truth import Expectation, ratios

__all__ = ["Controls", "altered_copies", "altered_rows", "tried", "tried_rows"]

Array = NDArray[Any]

ONE = f"one element by {CONTROL_DISTANCE} bounds"
PART = 2**13
"""Elements of a large array that are altered first: nearly every copy is refused for one of them."""


@dataclass(frozen=True)
class Controls:
    """What altered copies of a quantity are made of.

    Parameters
    ----------
    count : int
        The number of terms that a mean would have.
    origin : array, optional
        Where the quantity has come from: what is altered is its way from there, of a parameter its update.
    size : float
        The size of what came in: a result that is zero for rounding alone must be told from one of that size.
    """

    count: int
    origin: Array | None = None
    size: float = 0.0


def altered_copies(
    got: Array, e: Expectation, controls: Controls, without: Collection[str] = ()
) -> Iterator[tuple[str, Array]]:
    """Yield wrong copies of a right result, each with its name, but for those whose names are in `without`.

    A copy that does not visibly differ from the result (a sign on zeros, a transpose of a symmetric matrix) is no
    control and is left out.
    """
    origin = None if controls.origin is None else np.asarray(controls.origin)[np.newaxis]
    altered = altered_rows(np.asarray(got)[np.newaxis], e.as_row(), replace(controls, origin=origin), without)
    yield from ((name, copies[0]) for name, copies, fair in altered if fair[0])


def altered_rows(
    got: Array, e: Expectation, controls: Controls, without: Collection[str] = ()
) -> Iterator[tuple[str, Array, Array]]:
    """Yield wrong copies of right results on a leading axis: a name, the copies, and of which they are controls."""
    axes = tuple(range(1, got.ndim))
    start = np.zeros_like(e.truth) if controls.origin is None else np.asarray(controls.origin, dtype=np.float64)
    result = np.asarray(got, dtype=np.float64)
    way = result - start
    largest = np.max(np.abs(way), axis=axes, where=np.isfinite(way), initial=0.0)
    moved = largest > 0
    if np.any(moved):
        copies = {name: copy for name, copy in _copies(way, max(controls.count, 2)) if name not in without}
        # All at once: of a small array the calls cost more than the numbers.
        stack = np.stack(list(copies.values())) if copies else np.empty((0, *way.shape))
        with np.errstate(invalid="ignore"):
            change = np.abs(stack - way)
        visible = np.isfinite(change) & (change >= (VISIBLE * largest).reshape(-1, *(1,) * len(axes)))
        fair = np.any(visible, axis=tuple(axis + 1 for axis in axes)) & moved
        yield from ((name, start + copy, f) for name, copy, f in zip(copies, stack, fair, strict=True) if np.any(f))
    still = ~moved & (controls.size > 0) & np.any(e.spread > 0, axis=axes)
    if np.any(still):
        yield "the size of what came in", start + controls.size, still
    broken = ~np.isfinite(result)
    if np.any(broken):
        yield "zeros where it is not finite", np.where(broken, 0.0, result), np.any(broken, axis=axes)
    yield from _one_moved(result, e, whole=got.dtype.kind in "iub")


def _one_moved(result: Array, e: Expectation, *, whole: bool) -> Iterator[tuple[str, Array, Array]]:
    """Yield copies with the middle one of the elements that can be judged moved by a few bounds."""
    rows = np.arange(len(result))
    truth, bound, moved = (x.reshape(len(rows), -1) for x in (e.truth, e.bound, np.array(result)))
    places = np.isfinite(truth) & np.isfinite(bound)
    counts = np.count_nonzero(places, axis=1)
    if not np.any(counts):
        return
    middle = np.argmax(np.cumsum(places, axis=1) > (counts // 2)[:, np.newaxis], axis=1)
    truth, bound = truth[rows, middle], bound[rows, middle]
    step = np.where(bound == 0, 2 * np.maximum(np.abs(truth), 1.0) * e.precision.unit, CONTROL_DISTANCE * bound)
    moved[rows, middle] = truth + (np.maximum(step, 1) if whole else step)
    yield ONE, moved.reshape(result.shape), counts > 0


def _copies(way: Array, count: int) -> Iterator[tuple[str, Array]]:
    yield "zeros", np.zeros_like(way)
    yield "opposite sign", -way
    yield "times 2", 2 * way
    yield "times 1/2", way / 2
    yield f"mean for sum over {count}", way / count
    yield "permuted", np.roll(way.reshape(len(way), -1), 1, axis=1).reshape(way.shape)
    if way.ndim >= 3 and way.shape[-1] == way.shape[-2]:
        yield "transposed", np.swapaxes(way, -1, -2)


def tried(got: Array, e: Expectation, controls: Controls) -> tuple[int, list[str]]:
    """Return how many altered copies were refused, and the names of those that the bound would let pass."""
    refused: set[str] = set()
    if e.truth.size > PART:
        refused = _refused_in_part(got, e, controls)
    passed = []
    for name, copy in altered_copies(got, e, controls, refused):
        if np.any(ratios(copy, e) > 1):
            refused.add(name)
        else:
            passed.append(name)
    return len(refused), passed


def tried_rows(got: Array, e: Expectation, controls: Controls) -> list[tuple[int, list[str]]]:
    """Return the same for each of several results on a leading axis."""
    refused = np.zeros(len(got), int)
    passed: list[list[str]] = [[] for _ in got]
    for name, copies, fair in altered_rows(got, e, controls):
        outside = np.any(ratios(copies, e) > 1, axis=tuple(range(1, got.ndim)))
        refused += fair & outside
        for i in np.flatnonzero(fair & ~outside):
            passed[i].append(name)
    return list(zip(refused.tolist(), passed, strict=True))


def _refused_in_part(got: Array, e: Expectation, controls: Controls) -> set[str]:
    """Return the names of copies that are refused for a part alone, and so for the whole."""
    value, origin = np.asarray(got).ravel(), None if controls.origin is None else np.asarray(controls.origin).ravel()
    way = np.abs(value if origin is None else value - origin)
    # About the largest element, beside which the changes have to be visible.
    start = min(max(int(np.argmax(np.where(np.isfinite(way), way, 0))) - PART // 2, 0), value.size - PART)
    part = slice(start, start + PART)
    expectation = replace(
        e, truth=e.truth.ravel()[part], spread=e.spread.ravel()[part], native=np.asarray(e.native).ravel()[part]
    )
    altered = altered_copies(
        value[part], expectation, replace(controls, origin=None if origin is None else origin[part])
    )
    return {name for name, copy in altered if name != ONE and np.any(ratios(copy, expectation) > 1)}
