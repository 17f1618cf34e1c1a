"""Controls: wrong copies of what should have come, which a comparison must refuse to prove that it could have failed.

They are made of the truth, not of what the suspect returned: what it returned may be the wrong copy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CONTROL_DISTANCE, VISIBLE
from gradtwin.core.truth import Expectation, ratios

__all__ = ["UNTELLING", "Alterations", "Controls", "altered_copies", "altered_rows", "tried", "tried_rows"]

Array = NDArray[Any]

ONE = f"one element by {CONTROL_DISTANCE} bounds"
BROKEN = "zeros where it is not finite"
SIZE = "one element of the size of what came in"
UNTELLING = (ONE, BROKEN, SIZE)
"""Copies that are refused whatever the quantity is, also where a function of another size would not be."""
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
    terms : int
        The number of terms of a sum, of which one is dropped; 0 where nothing is added up.
    """

    count: int
    origin: Array | None = None
    size: float = 0.0
    terms: int = 0


@dataclass(frozen=True)
class Alterations:
    """How the altered copies of a quantity fared.

    Parameters
    ----------
    refused, passed : tuple of str
        Those that are outside the bound, and those that it would let pass.
    """

    refused: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()

    @classmethod
    def of(cls, outcomes: Iterable[tuple[str, bool]]) -> Alterations:
        """Return what became of copies, by name, each with whether it was refused."""
        by_outcome: dict[bool, list[str]] = {True: [], False: []}
        for name, is_refused in outcomes:
            by_outcome[is_refused].append(name)
        return cls(tuple(by_outcome[True]), tuple(by_outcome[False]))

    @property
    def slipped(self) -> tuple[str, ...]:
        """The copies of another size, sign or order that the bound would let pass."""
        return tuple(name for name in self.passed if name not in UNTELLING)

    @property
    def telling(self) -> bool:
        """Whether a copy of another size, sign or order was refused, so that another function would have been."""
        return any(name not in UNTELLING for name in self.refused)


def altered_copies(e: Expectation, controls: Controls, without: Collection[str] = ()) -> Iterator[tuple[str, Array]]:
    """Yield wrong copies of what should have come, each with its name, but for those whose names are in `without`.

    A copy that does not visibly differ from the truth (a sign on zeros, a transpose of a symmetric matrix) is no
    control and is left out.
    """
    origin = None if controls.origin is None else np.asarray(controls.origin)[np.newaxis]
    rows = altered_rows(e.as_row(), replace(controls, origin=origin), without)
    yield from ((name, copies[0]) for name, copies, fair in rows if fair[0])


def altered_rows(
    e: Expectation, controls: Controls, without: Collection[str] = ()
) -> Iterator[tuple[str, Array, Array]]:
    """Yield wrong copies of truths on a leading axis: a name, the copies, and of which they are controls."""
    result = e.reachable
    axes = tuple(range(1, result.ndim))
    start = np.zeros_like(result) if controls.origin is None else np.asarray(controls.origin, dtype=np.float64)
    # What is altered is the way from the start: a parameter twice as large is refused even where no update would be.
    way = result - start
    largest = np.max(np.abs(way), axis=axes, where=np.isfinite(way), initial=0.0)
    # Where zeros would pass, rounding decides every value, and no other copy says more.
    with_values = (largest > 0) & ~np.all(np.abs(way) <= e.bound, axis=axes)
    if np.any(with_values):
        copies = {name: copy for name, copy in _copies(way, controls) if name not in without}
        # All at once: of a small array the calls cost more than the numbers.
        stack = np.stack(list(copies.values())) if copies else np.empty((0, *way.shape))
        with np.errstate(invalid="ignore"):
            change = np.abs(stack - way)
        share = max(VISIBLE, CONTROL_DISTANCE * e.coarsest.granted)  # what one rounding may hide is no control
        visible = np.isfinite(change) & (change >= (share * largest).reshape(-1, *(1,) * len(axes)))
        fair = np.any(visible, axis=tuple(axis + 1 for axis in axes)) & with_values
        yield from ((name, start + copy, f) for name, copy, f in zip(copies, stack, fair, strict=True) if np.any(f))
    without_values = ~with_values & (controls.size > 0) & np.any(e.spread > 0, axis=axes)
    if np.any(without_values):
        yield SIZE, _one_of_size(start, e, controls.size), without_values
    broken = ~np.isfinite(result)
    if np.any(broken):
        yield BROKEN, np.where(broken, 0.0, result), np.any(broken, axis=axes)
    yield from _one_moved(e, result)


def _one_of_size(start: Array, e: Expectation, size: float) -> Array:
    """Return copies with an element of that size where the bound is widest: a narrow one elsewhere proves nothing."""
    copies = np.array(start)
    widest = np.argmax(e.bound.reshape(len(copies), -1), axis=1)
    copies.reshape(len(copies), -1)[np.arange(len(copies)), widest] += size
    return copies


def _one_moved(e: Expectation, result: Array) -> Iterator[tuple[str, Array, Array]]:
    """Yield copies with the middle one of the elements that can be judged moved by a few bounds."""
    rows = np.arange(len(result))
    truth, bound, copies = (x.reshape(len(rows), -1) for x in (e.truth, e.bound, np.array(result)))
    places = np.isfinite(truth) & np.isfinite(bound)
    counts = np.count_nonzero(places, axis=1)
    if not np.any(counts):
        return
    middle = np.argmax(np.cumsum(places, axis=1) > (counts // 2)[:, np.newaxis], axis=1)
    truth, bound = truth[rows, middle], bound[rows, middle]
    # By two units where the comparison is exact and the bound is 0; whole numbers by one at least.
    step = np.where(bound == 0, 2 * np.maximum(np.abs(truth), 1.0) * e.precision.unit, CONTROL_DISTANCE * bound)
    whole = np.asarray(e.native).dtype.kind in "iub"
    copies[rows, middle] = truth + (np.maximum(step, 1) if whole else step)
    yield ONE, copies.reshape(result.shape), counts > 0


def _copies(way: Array, controls: Controls) -> Iterator[tuple[str, Array]]:
    # The mean of one number is its sum, and no control.
    count, terms = max(controls.count, 2), controls.terms
    yield "zeros", np.zeros_like(way)
    yield "opposite sign", -way
    yield "times 2", 2 * way
    yield "times 1/2", way / 2
    yield f"mean for sum over {count}", way / count
    yield "permuted", np.roll(way.reshape(len(way), -1), 1, axis=1).reshape(way.shape)
    if way.ndim >= 3 and way.shape[-1] == way.shape[-2]:
        yield "transposed", np.swapaxes(way, -1, -2)
    if terms > 2:  # of two, one is the half
        yield f"one of {terms} terms dropped", way * (1 - 1 / terms)


def tried(e: Expectation, controls: Controls) -> Alterations:
    """Return which altered copies were refused, and which the bound would let pass."""
    names = _refused_in_part(e, controls) if e.truth.size > PART else ()
    outcomes = [(name, bool(np.any(ratios(copy, e) > 1))) for name, copy in altered_copies(e, controls, names)]
    return Alterations.of([*((name, True) for name in names), *outcomes])


def tried_rows(e: Expectation, controls: Controls) -> list[Alterations]:
    """Return the same for each of several results on a leading axis."""
    rows: list[list[tuple[str, bool]]] = [[] for _ in e.truth]
    for name, copies, fair in altered_rows(e, controls):
        outside = np.any(ratios(copies, e) > 1, axis=tuple(range(1, e.truth.ndim)))
        for i in np.flatnonzero(fair):
            rows[i].append((name, bool(outside[i])))
    return [Alterations.of(row) for row in rows]


def _refused_in_part(e: Expectation, controls: Controls) -> tuple[str, ...]:
    """Return the names of copies that are refused for a part alone, and so for the whole."""
    origin = None if controls.origin is None else np.asarray(controls.origin).ravel()
    value = e.reachable.ravel()
    way = np.abs(value if origin is None else value - origin)
    # About the largest element, beside which the changes have to be visible.
    start = min(max(int(np.argmax(np.where(np.isfinite(way), way, 0))) - PART // 2, 0), value.size - PART)
    part = slice(start, start + PART)
    expectation = replace(
        e, truth=e.truth.ravel()[part], spread=e.spread.ravel()[part], native=np.asarray(e.native).ravel()[part]
    )
    altered = altered_copies(expectation, replace(controls, origin=None if origin is None else origin[part]))
    # The copy with one element moved is made of the whole in any case, and would be counted twice.
    return tuple(name for name, copy in altered if name != ONE and np.any(ratios(copy, expectation) > 1))
