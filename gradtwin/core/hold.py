"""Holding one array against what the twin says of it: the procedure behind every verdict."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.beside import Beside
from gradtwin.core.bound import (
    CLOSER_LOOKS,
    COARSER,
    LOOK_CLOSER_ABOVE,
    OUTSIDE_FOR_GOOD,
    SCATTERED,
    SCATTERED_ELEMENTS,
    K,
    Precision,
)
from gradtwin.core.controls import Alterations, Controls, tried, tried_rows
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.core.truth import Expectation, Truth, ratios

__all__ = ["Comparison", "Excuse", "difference", "hold", "hold_rows"]

Array = NDArray[Any]


class Excuse(NamedTuple):
    """What explains a difference without a wrong formula: the verdict that it is, and a sentence."""

    verdict: str
    message: str


Excuses = Callable[[Expectation, Array], Excuse | None]
"""Returns what explains all elements outside the bound; asked only where there are some."""


@dataclass(frozen=True)
class Comparison:
    """How one array compares with what the twin says of it.

    Parameters
    ----------
    quantity : str
        What was compared.
    expectation : Expectation
        What the twin says, after as many shadow runs as were needed.
    finding : Finding, optional
        What is wrong; None where the array is within the bound.
    worst, twin : float
        The worst ratio of the array, and that of the twin's own run.
    controls : Alterations
        How altered copies of what should have come fared.
    beside : Beside, optional
        The error of the array beside the twin's own, where that was asked for.
    copies : Controls, optional
        What these are made of.
    """

    quantity: str
    expectation: Expectation
    finding: Finding | None
    worst: float
    twin: float
    controls: Alterations = field(default_factory=Alterations)
    beside: Beside | None = None
    copies: Controls | None = None

    @property
    def proved(self) -> bool:
        """Whether altered copies were tried, and all of them refused."""
        return len(self.controls.refused) > 1 and not self.controls.passed

    def report(self, *findings: Finding) -> Report:
        """Return the report of the comparison, with these findings in place of its own if there are any."""
        p = self.expectation.precision.name
        own_findings = () if self.finding is None else (self.finding,)
        outside = {p: {self.quantity: self.twin}} if self.twin > 1 else {}
        errors = {} if self.beside is None else {p: {self.quantity: self.beside}}
        tally = Tally(1, len(self.controls.refused), {p: self.worst}, {p: self.twin}, outside=outside, beside=errors)
        return Report("", findings or own_findings, tally)

    @cached_property
    def cleared(self) -> Comparison:
        """The comparison of a difference that is no fault of the suspect: what does not differ must prove itself."""
        if self.finding is None:
            return self
        controls = Alterations() if self.copies is None else tried(self.expectation, self.copies)
        return replace(self, finding=None, controls=controls)

    def acquitted(self, *notes: str) -> Report:
        """Return the report of a difference that is no fault of the suspect, and why."""
        cleared = self.cleared
        report = cleared.report(*((cleared.unproven,) if cleared.controls.slipped else ()))
        return replace(report, tally=replace(report.tally, worst={}), remarks=(*report.remarks, *notes))

    @property
    def unproven(self) -> Finding:
        """The finding that a match which altered copies would have passed proves nothing."""
        copies = ", ".join(self.controls.slipped)
        message = f"proves nothing: the bound would let these altered copies pass too: {copies}"
        return Finding("inconclusive", self.quantity, message)


def hold(
    quantity: str,
    got: Array,
    truth: Truth,
    controls: Controls | None = None,
    excuses: Excuses | None = None,
) -> Comparison | None:
    """Hold an array against what the twin says of it: look, look closer if need be, compare, alter copies.

    Parameters
    ----------
    quantity : str
        How the report calls it.
    got : array
        What the suspect made.
    truth : Truth
        What the twin says.
    controls : Controls, optional
        What altered copies are made of; None where the comparison need not prove that it could have failed.
    excuses : callable, optional
        Tells other verdicts from ``mismatch``; never whether the array is right.

    Returns
    -------
    Comparison or None
        None where rounding decides the shape, so that there is nothing to compare with.
    """
    e = truth.first()
    assert e is not None
    r = ratios(got, e)
    for look, _ in enumerate(CLOSER_LOOKS):
        # The twin is not blamed before a closer look either; one that is outside for good does not cost them all.
        blamed = look == 0 and 1 < worst_of(e.twin_ratios) <= OUTSIDE_FOR_GOOD
        if e.exact or not (blamed or worst_of(r) > LOOK_CLOSER_ABOVE):
            break
        closer = truth.closer((r > LOOK_CLOSER_ABOVE) | (e.twin_ratios > 1))
        if closer is None:
            return None
        e = closer
        r = ratios(got, e)
    finding = difference(quantity, got, e, r, excuses)
    altered = Alterations() if finding is not None or controls is None else tried(e, controls)
    return Comparison(quantity, e, finding, worst_of(r), worst_of(e.twin_ratios), altered, copies=controls)


def hold_rows(quantity: str, got: Array, e: Expectation, controls: Controls) -> list[Comparison | None]:
    """Hold several arrays on a leading axis against what the twin says at the first look.

    Returns the comparison of each, as `hold` would make it, but None for those at which `hold` has to look closer or
    that it would refuse.
    """
    axes = tuple(range(1, got.ndim))
    worst, twin = (r.max(axis=axes, initial=0.0) for r in (ratios(got, e), e.twin_ratios))
    blamed = (twin > 1) & (twin <= OUTSIDE_FOR_GOOD)
    clear = worst <= 1 if e.exact else ~blamed & (worst <= LOOK_CLOSER_ABOVE)
    comparisons: list[Comparison | None] = []
    for i, copies in enumerate(tried_rows(e, controls)):
        comparison = Comparison(quantity, e.row(i), None, float(worst[i]), float(twin[i]), copies)
        comparisons.append(comparison if clear[i] else None)
    return comparisons


def worst_of(r: Array) -> float:
    """Return the largest ratio; 0 for an array without elements."""
    return float(r.max(initial=0.0))


def difference(
    quantity: str,
    got: Array,
    e: Expectation,
    r: Array,
    excuses: Excuses | None = None,
) -> Finding | None:
    """Return None where the ratios are within the bound, else the finding: where, how much and which verdict."""
    outside = r > 1
    if not np.any(outside):
        return None
    at = np.unravel_index(int(np.argmax(np.where(np.isnan(r), np.inf, r))), r.shape)
    value, truth = float(got[at]), float(e.truth[at])
    distance = abs(value - truth)
    verdict, message = "mismatch", "differs from the twin by more than rounding explains"
    # A bound is K roundings wide: r bounds are a relative error of r K u, and the bits before that are right.
    bits = max(-math.log2(r[at] * K * e.precision.unit), 0.0) if np.isfinite(r[at]) else None
    # In this order: where nothing rounds no rounding is an excuse, and lost digits would look like a coarser format.
    if e.exact:
        message = "differs from the twin where both can be computed exactly"
    elif excuses is not None and (excuse := excuses(e, outside)) is not None:
        verdict, message = excuse
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
        difference=distance,
        bound=float(e.bound[at]),
        ratio=float(r[at]),
        ulps=_ulps(distance, truth, e.precision),
        bits=bits,
        wrong=int(np.count_nonzero(outside)),
        total=r.size,
    )


@np.errstate(all="ignore")
def _coarser_format(value: Array, e: Expectation, outside: Array) -> tuple[str, float] | None:
    """Return the name and the bits of a coarser format that the result was computed in, if it shows.

    It shows when the values lie on that format's grid, or when most elements are outside the bound and the differences
    scatter about zero at the size of that format's rounding. A wrong constant does neither: its differences have one
    sign.
    """
    if value.size < 2 or not np.any(value) or not np.all(np.isfinite(value) & np.isfinite(e.truth)):
        return None
    # A relative error of one unit in every operation moves the result by about this times the unit.
    scale = e.spread / (K * e.precision.unit) + np.abs(e.truth)
    if np.any(scale[outside] == 0):
        return None
    difference = (value - e.truth)[outside]
    # Counted along the sign of the truth, a factor that is wrong has one sign.
    relative = difference / scale[outside] * np.where(e.truth[outside] < 0, -1, 1)
    size = float(np.sqrt(np.mean(relative**2)))
    # Rounding errors are alike in size; a formula that is wrong in a few places leaves most of them near 0.
    one_size = size < K * float(np.median(np.abs(relative)))
    low, high = SCATTERED
    # Of a constant that is added it is the differences themselves that have one sign.
    both_ways = all(low < float(np.mean(x > 0)) < high for x in (relative, difference))
    scattered = one_size and both_ways and 2 * relative.size >= value.size >= SCATTERED_ELEMENTS
    formats = [row for row in COARSER[e.precision.name] if float(np.max(np.abs(relative))) <= K * row[2]]
    for stored, _, coarse in reversed(formats):  # what lies on a coarse grid lies on every finer one
        if _on_grid(value, coarse):
            return stored, -math.log2(size)
    if scattered and any(coarse / K < size < 2 * coarse for _, _, coarse in formats):
        # Rounded factors leave about an eighth of their rounding in a sum of products.
        nearest = min(formats, key=lambda row: abs(math.log2(size * K / 2 / row[2])))
        return nearest[1], -math.log2(size)
    return None


def _on_grid(value: Array, unit: float) -> bool:
    """Return whether all values have no more digits than a format of that unit roundoff."""
    # The fraction is at least 1/2, so that the last digit of a number with that unit roundoff is worth one unit.
    fraction, _ = np.frexp(value)
    digits = fraction / unit
    return bool(np.all(digits == np.round(digits)))


def _ulps(distance: float, truth: float, p: Precision) -> float | None:
    if not (math.isfinite(distance) and math.isfinite(truth)):
        return None
    # The fraction of frexp is below 1, so the leading digit stands one lower than its exponent says.
    return distance / max(2 * p.unit * 2.0 ** (math.frexp(truth)[1] - 1), p.eta)
