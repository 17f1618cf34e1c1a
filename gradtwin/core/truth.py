"""What the twin says of one quantity, and how far a result is from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import Precision, allowed, exact_bound, ratio

__all__ = ["Expectation", "Places", "Truth", "ratios"]

Array = NDArray[Any]
Places = NDArray[np.bool_] | None


@dataclass(frozen=True)
class Expectation:
    """What the twin says of one quantity, after some shadow runs.

    Parameters
    ----------
    truth : array of float64
        The twin's result in float64.
    spread : array of float64
        Largest distance of the shadow runs from `truth`, elementwise.
    native : array
        The twin's result at the precision, and on the device, under test.
    precision : Precision
        That of the result.
    exact : bool
        True where no rounding is admitted at all, as at a kink.
    fragile : array of bool, optional
        Where rounding alone decides whether the result is finite.
    formats : tuple of Precision
        Those in which the twin computes, where they are others than that of the result.
    """

    truth: Array
    spread: Array
    native: Array
    precision: Precision
    exact: bool = False
    fragile: NDArray[np.bool_] | None = None
    formats: tuple[Precision, ...] = ()

    @property
    def coarsest(self) -> Precision:
        """The coarsest format on the way, whose roundings the result has, in whatever it is returned."""
        return max((self.precision, *self.formats), key=lambda p: p.granted)

    @cached_property
    def bound(self) -> Array:
        """The largest difference that rounding explains, elementwise."""
        if self.exact:
            return exact_bound(self.truth)
        if np.asarray(self.native).dtype.kind in "iub":
            return self.spread  # a whole number is right or wrong, unless rounding decides it
        return allowed(self.truth, self.spread, self.precision)

    @cached_property
    def twin_ratios(self) -> Array:
        """The ratios of the twin's own result; infinite where it overflows and the truth does not."""
        # Beyond the largest number of the precision an infinity is right.
        overflowed = (
            np.isfinite(self.truth) & ~np.isfinite(self.native) & (np.abs(self.truth) <= self.precision.largest)
        )
        # `ratios` excuses what the twin has too, which here is the twin's own infinity.
        own_ratios = ratios(self.native, self)
        return np.where(overflowed, np.inf, own_ratios) if np.any(overflowed) else own_ratios

    @cached_property
    def reachable(self) -> Array:
        """The truth as the precision under test can hold it: beyond its largest number are infinities."""
        truth = np.asarray(self.truth, dtype=np.float64)
        beyond = np.abs(truth) > self.precision.largest
        return np.where(beyond, np.copysign(np.inf, truth), truth) if np.any(beyond) else truth

    def as_row(self) -> Expectation:
        """Return the expectation of one result on a leading axis of results."""
        truth, spread, native = (np.asarray(x)[np.newaxis] for x in (self.truth, self.spread, self.native))
        return replace(self, truth=truth, spread=spread, native=native)

    def row(self, i: int) -> Expectation:
        """Return the expectation of one of several results on a leading axis."""
        return replace(self, truth=self.truth[i], spread=self.spread[i], native=self.native[i])

    def widened(self, spread: Array) -> Expectation:
        """Return the expectation with the spread of further shadow runs taken in."""
        return replace(self, spread=np.maximum(self.spread, spread))


class Truth(Protocol):
    """What the twin says of one quantity: at first, and after as many shadow runs as an accusation asks for."""

    def first(self) -> Expectation | None:
        """Return the expectation behind every verdict; None where the twin has no such quantity."""

    def closer(self, places: Places = None) -> Expectation | None:
        """Return the expectation after further shadow runs, more at every call; None where they disagree in shape.

        `places` are those of the elements that ask for it, all if not given; others may stay as they are.
        """


def ratios(got: Array, e: Expectation) -> Array:
    """Return, elementwise, the distance of `got` from the truth in units of the bound.

    NaN and infinities count as equal where the twin has the same at the precision under test, where the truth itself
    overflows that precision, and where rounding alone decides whether the result is finite; they count as infinitely
    far elsewhere.
    """
    value = np.asarray(got, dtype=np.float64)
    with np.errstate(all="ignore"):
        r = ratio(value - e.truth, e.bound)
    ordinary = np.isfinite(value) & np.isfinite(e.truth)
    if np.all(ordinary):
        return np.asarray(r)
    is_excused = _same(value, np.asarray(e.native, dtype=np.float64)) | _same(value, e.reachable)
    if e.fragile is not None:
        is_excused |= e.fragile & ~np.isfinite(value)
    return np.where(ordinary, r, np.where(is_excused, 0.0, np.inf))


def _same(a: Array, b: Array) -> Array:
    return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))
