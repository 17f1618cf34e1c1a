"""Comparing one array with what the twin says of it, and proving that the comparison could have failed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import COARSER, PRECISIONS, K, Precision, allowed, exact_bound, ratio
from gradtwin.core.report import Finding

__all__ = ["Expectation", "altered_copies", "compare", "ratios", "slipping_controls"]

Array = NDArray[Any]

VISIBLE = 0.01
"""An altered copy is a fair control when it changes some element by this share of the largest one."""


@dataclass(frozen=True)
class Expectation:
    """What the twin says of one quantity.

    Parameters
    ----------
    truth : array of float64
        The twin's result in float64.
    spread : array of float64
        Largest distance of the shadow runs from `truth`, elementwise.
    native : array
        The twin's result at the precision, and on the device, under test.
    precision : Precision
        The precision under test.
    exact : bool
        True where no rounding is admitted at all, as at a kink.
    """

    truth: Array
    spread: Array
    native: Array
    precision: Precision
    exact: bool = False

    @cached_property
    def bound(self) -> Array:
        """The largest difference that rounding explains, elementwise."""
        if self.exact:
            return exact_bound(self.truth)
        return allowed(self.truth, self.spread, self.precision)

    def widened(self, spread: Array) -> Expectation:
        """Return the expectation with the spread of further shadow runs taken in."""
        return replace(self, spread=np.fmax(self.spread, spread))


def ratios(got: Array, e: Expectation) -> Array:
    """Return, elementwise, the distance of `got` from the truth in units of ``bound / K``.

    NaN and infinities count as equal where the twin has the same at the precision under test, or where the truth
    itself overflows that precision; they count as infinitely far elsewhere.
    """
    value = np.asarray(got, dtype=np.float64)
    with np.errstate(all="ignore"):
        r = ratio(value - e.truth, e.bound)
    ordinary = np.isfinite(value) & np.isfinite(e.truth)
    if np.all(ordinary):
        return np.asarray(r)
    overflowed = np.where(np.abs(e.truth) > e.precision.largest, np.copysign(np.inf, e.truth), e.truth)
    excused = _same(value, np.asarray(e.native, dtype=np.float64)) | _same(value, overflowed)
    return np.where(ordinary, r, np.where(excused, 0.0, np.inf))


def _same(a: Array, b: Array) -> Array:
    return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))


def compare(quantity: str, got: Array, e: Expectation, excused: Callable[[], Array] | None = None) -> Finding | None:
    """Return None where `got` is within the bound, else the finding that says where, how much and which verdict.

    `excused` marks the elements that the suspect's own rounding explains; it is called only after a difference was
    found, and only tells `unstable` from `mismatch`.
    """
    r = ratios(got, e)
    outside = r > K
    if not np.any(outside):
        return None
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(r), np.inf, r))), r.shape)
    value, truth = float(got[at]), float(e.truth[at])
    difference = abs(value - truth)
    verdict, message = "mismatch", "differs from the twin by more than rounding explains"
    bits = max(-math.log2(r[at] * e.precision.unit), 0.0) if np.isfinite(r[at]) else None
    if e.exact:
        message = "differs from the twin where both can be computed exactly"
    elif excused is not None and np.all(excused()[outside]):
        verdict = "unstable"
        message = "the formula agrees, the way of computing it loses digits that the twin keeps"
    elif (coarser := _coarser_format(np.asarray(got, np.float64), e, outside)) is not None:
        verdict, (name, bits) = "imprecise", coarser
        message = f"is right to the precision of {name} only, not to that of {e.precision.name}"
    return Finding(
        verdict=verdict,
        quantity=quantity,
        message=message,
        index=tuple(int(i) for i in at),
        expected=truth,
        got=value,
        difference=difference,
        bound=float(e.bound[at]),
        ratio=float(r[at]),
        ulps=_ulps(difference, truth, e.precision),
        bits=bits,
        wrong=int(np.count_nonzero(outside)),
        total=r.size,
    )


@np.errstate(all="ignore")
def _coarser_format(value: Array, e: Expectation, outside: Array) -> tuple[str, float] | None:
    """Return the name and the bits of a coarser format that the result was computed in, if it shows.

    It shows when the values lie on that format's grid, or when most of at least 16 elements are outside the bound
    and the differences scatter about zero at the size of that format's rounding. A wrong constant does neither: its
    differences have one sign.
    """
    if value.size < 2 or not np.all(np.isfinite(value) & np.isfinite(e.truth)):
        return None
    scale = e.spread / (K * e.precision.unit) + np.abs(e.truth)
    if np.any(scale[outside] == 0):
        return None
    relative = (value - e.truth)[outside] / scale[outside] * np.where(e.truth[outside] < 0, -1, 1)
    size = float(np.sqrt(np.mean(relative**2)))
    one_size = size < K * float(np.median(np.abs(relative)))
    scattered = 2 * relative.size >= value.size >= 16 and one_size and 0.2 < float(np.mean(relative > 0)) < 0.8
    for name, coarse in COARSER[e.precision.name]:
        grid = PRECISIONS.get(name)
        on_grid = grid is not None and bool(np.all(value.astype(grid.name) == value))
        inside = float(np.max(np.abs(relative))) <= K * coarse
        if inside and (on_grid or (scattered and coarse / K < size < 2 * coarse)):
            return name, -math.log2(size)
    return None


def _ulps(difference: float, truth: float, p: Precision) -> float | None:
    if not (math.isfinite(difference) and math.isfinite(truth)):
        return None
    return difference / max(2 * p.unit * 2.0 ** (math.frexp(truth)[1] - 1), p.eta)


def altered_copies(
    got: Array, e: Expectation, count: int, origin: Array | None = None, size: float = 0.0
) -> Iterator[tuple[str, Array]]:
    """Yield wrong copies of a right result, each with its name; `count` is the number of terms a mean would have.

    `size` is that of what came in; a result that is zero for rounding alone must be told from one of that size.

    A copy that does not visibly differ from the result (a sign on zeros, a transpose of a symmetric matrix) is no
    control and is left out.
    """
    start = np.zeros_like(e.truth) if origin is None else np.asarray(origin, dtype=np.float64)
    value = np.asarray(got, dtype=np.float64) - start
    whole = np.asarray(got).dtype.kind in "iub"
    finite = value[np.isfinite(value)]
    largest = float(np.max(np.abs(finite))) if finite.size else 0.0
    copies = [
        ("zeros", np.zeros_like(value)),
        ("opposite sign", -value),
        ("times 2", 2 * value),
        ("times 1/2", value / 2),
        (f"mean for sum over {max(count, 2)}", value / max(count, 2)),
        ("permuted", np.roll(value.ravel(), 1).reshape(value.shape)),
    ]
    if value.ndim >= 2 and value.shape[-1] == value.shape[-2]:
        copies.append(("transposed", np.swapaxes(value, -1, -2)))
    for name, copy in copies:
        with np.errstate(invalid="ignore"):
            change = np.abs(copy - value)
        if largest > 0 and np.any(np.isfinite(change) & (change >= VISIBLE * largest)):
            yield name, start + copy
    if largest == 0 and size > 0 and np.any(e.spread > 0):
        yield "the size of what came in", start + size
    broken = ~np.isfinite(np.asarray(got, dtype=np.float64))
    if np.any(broken):
        yield "zeros where it is not finite", np.where(broken, 0.0, got)
    places = np.flatnonzero(np.isfinite(e.truth) & np.isfinite(e.bound))
    if places.size:
        one = np.array(start + value)
        where = places[places.size // 2]
        least = max(abs(e.truth.flat[where]), 1.0) * e.precision.unit
        way = 4 * e.bound.flat[where] or 2 * least
        one.flat[where] = e.truth.flat[where] + (max(way, 1) if whole else way)
        yield "one element by 4 bounds", one


def slipping_controls(
    got: Array, e: Expectation, count: int, origin: Array | None = None, size: float = 0.0
) -> tuple[int, list[str]]:
    """Return how many altered copies were refused, and the names of those that the bound would let pass.

    With `origin`, what is altered is the way that `got` has come from there: of a parameter, its update.
    """
    fired, slipped = 0, []
    for name, copy in altered_copies(got, e, count, origin, size):
        if np.any(ratios(copy, e) > K):
            fired += 1
        else:
            slipped.append(name)
    return fired, slipped
