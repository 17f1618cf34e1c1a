"""Comparing what one training step made of everything with what the twin made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import K, Precision, spread_of
from gradtwin.core.causes import cause_of
from gradtwin.core.controls import Controls
from gradtwin.core.hold import hold
from gradtwin.core.report import Finding, Report
from gradtwin.core.truth import Expectation
from gradtwin.training.snapshot import Snapshot, is_counter

__all__ = ["StepTruth", "compare_step", "spreads"]

Array = NDArray[Any]


@dataclass(frozen=True)
class StepTruth:
    """What the twin says of step t.

    Parameters
    ----------
    t : int
        The step, counted from 0.
    after : Snapshot
        The twin's snapshot in float64.
    native : Snapshot
        The twin's snapshot at the precision and on the device under test.
    spread : mapping
        The spread of the shadow runs, by quantity; without those of which they disagree about the shape.
    closer : callable
        Returns the spread of one quantity in many more shadow runs, None where they disagree about its shape.
    origin : Snapshot
        The parameters that the update is counted from.
    reach : Snapshot, optional
        Of a free run: how far each element of the parameters has ever been from the start.
    """

    t: int
    after: Snapshot
    native: Snapshot
    spread: dict[str, Array]
    closer: Callable[[str], Array | None]
    origin: Snapshot
    reach: Snapshot | None = None


def spreads(truth: Snapshot, shadows: Sequence[Snapshot]) -> dict[str, Array]:
    """Return the spread of every quantity; a snapshot may hold several runs, stacked.

    Left out is what rounding decides the shape of, such as the history of an optimizer that may stop a step earlier.
    """

    def runs(q: str, x: Array) -> list[Array]:
        found = [s[q] for s in shadows if q in s]
        return [run for array in found for run in (array if array.ndim > x.ndim else [array])]

    taken = {q: (x.astype(np.float64), runs(q, x)) for q, x in truth.items() if all(q in s for s in shadows)}
    return {q: spread_of(x, every) for q, (x, every) in taken.items() if all(run.shape == x.shape for run in every)}


def compare_step(
    own: Snapshot, truth: StepTruth, params: Sequence[str], p: Precision, *, skip: Sequence[str], whole: bool
) -> tuple[Report, set[str], set[str]]:
    """Compare gradients, then state, then parameters, up to the first that differs.

    Returns the report, the quantities whose altered copies were all refused, and those that rounding left unjudged.
    Of a free run the verdict is `void` once the bound reaches half of the way that a parameter has come.

    Quantities in `skip` are given to both sides. With `whole`, the suspect must hold everything that the twin holds;
    without, its state is out of reach.
    """
    done, proven, unjudged = Report(""), set(), set()
    for q in truth.after:
        if q in skip or (q not in own and not whole):
            continue
        if q not in truth.spread:
            unjudged.add(q)
            continue
        if q in own:
            report, refused = _quantity(q, own[q], truth, p, q in params)
            proven |= {q} if refused else set()
            unjudged |= set() if report.tally.checks or report.findings else {q}
        else:
            report = _missing(q, own, params)
        done = Report.joined("", [done, report])
        if report.findings:
            break
    at = truth.t
    return replace(done, findings=tuple(replace(f, step=at) for f in done.findings)), proven, unjudged


def _missing(q: str, own: Snapshot, params: Sequence[str]) -> Report:
    held = ", ".join(k for k in own if k not in params)
    return Report("", (Finding("structure", q, f"is kept by the twin and not by the suspect, which has {held}"),))


@dataclass(frozen=True)
class _QuantityTruth:
    """What the twin says of one quantity after a step."""

    truth: StepTruth
    quantity: str
    precision: Precision

    def first(self) -> Expectation:
        """Return the expectation after a first look."""
        return self._expectation(self.truth.spread[self.quantity])

    def closer(self) -> Expectation | None:
        """Return the expectation after a closer look; None where rounding turns out to decide the shape."""
        spread = self.truth.closer(self.quantity)
        return None if spread is None else self._expectation(np.fmax(self.truth.spread[self.quantity], spread))

    def _expectation(self, spread: Array) -> Expectation:
        value = self.truth.after[self.quantity]
        native = self.truth.native.get(self.quantity, value)
        native = native if native.shape == value.shape else value
        counts = is_counter(self.quantity) or (value.dtype.kind in "iu" and not np.any(spread))
        return Expectation(value.astype(np.float64), spread, native, self.precision, exact=counts)


def _quantity(q: str, got: Array, truth: StepTruth, p: Precision, is_param: bool) -> tuple[Report, bool]:
    """Return the report on one quantity, and whether its altered copies were all refused."""
    wrong = _form(q, got, truth.after[q], p, is_param)
    if wrong:
        unsettled = got.shape != truth.after[q].shape and truth.closer(q) is None
        return Report("", () if unsettled else (Finding("structure", q, f"has {wrong}"),)), False
    origin = truth.origin[q] if is_param else None
    comparison = hold(q, got, _QuantityTruth(truth, q, p), Controls(got.size, origin))
    if comparison is None:
        return Report(""), False
    e, finding = comparison.expectation, comparison.finding
    if finding is not None and comparison.twin > K and _nothing_left(e, origin):
        report = comparison.report()
        return replace(report, findings=(), tally=replace(report.tally, checks=0)), False
    if finding is not None:
        before = {} if origin is None else {"parameter": float(origin[finding.index])}
        cause = cause_of(got, e, sizes={"its elements": got.size})
        return comparison.report(replace(finding, inputs=before, cause=cause)), False
    swallowed = is_param and truth.reach is not None and np.any(truth.reach[q]) and _covers(e.bound, truth.reach[q])
    void = (Finding("void", q, "proves nothing: the spread has swallowed the training"),) if swallowed else ()
    return comparison.report(*void), comparison.proved


def _nothing_left(e: Expectation, origin: Array | None) -> bool:
    """Say whether no digit of a quantity is determined, of a parameter none of its update.

    Where the twin's own run at this precision is outside the bound as well, that is a place where rounding decides,
    such as the direction of a quasi-Newton step between two points that are equal but for rounding.
    """
    way = e.truth if origin is None else e.truth - origin
    return bool(np.all(e.bound > np.abs(way)))


def _covers(bound: Array, reach: Array) -> bool:
    return bool(np.all(bound >= reach / 2))


def _form(q: str, got: Array, value: Array, p: Precision, is_param: bool) -> str:
    """Return what is wrong with the form; counters, the loss and scalars of the state may be of another type."""
    if got.shape != value.shape:
        return f"shape {got.shape} where the twin has {value.shape}"
    free = is_counter(q) or q == "loss" or (got.ndim == 0 and not is_param and not q.startswith("gradient of "))
    if not free and got.dtype != p.name:
        return f"dtype {got.dtype} where {p.name} came in"
    return ""
