"""Comparing what one training step made of everything with what the twin made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import SUSPICION, K, Precision, spread_of
from gradtwin.core.causes import cause_of
from gradtwin.core.compare import Expectation, compare, ratios, slipping_controls
from gradtwin.core.report import Finding, Report, Tally
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


def _quantity(q: str, got: Array, truth: StepTruth, p: Precision, is_param: bool) -> tuple[Report, bool]:
    """Return the report on one quantity, and whether its altered copies were all refused."""
    value = truth.after[q]
    wrong, whole = _form(q, got, value, p, is_param), value.dtype.kind in "iu"
    if wrong and (got.shape == value.shape or truth.closer(q) is not None):
        return Report("", (Finding("structure", q, f"has {wrong}"),)), False
    native = truth.native.get(q, value)
    native = native if native.shape == value.shape else value
    counts = is_counter(q) or (whole and not np.any(truth.spread[q]))
    e = Expectation(value.astype(np.float64), truth.spread[q], native, p, exact=counts)
    if wrong or (not is_counter(q) and np.any(ratios(got, e) > SUSPICION)):
        wider = truth.closer(q)
        if wider is None:
            return Report(""), False
        e = replace(e.widened(wider), exact=whole and not np.any(wider))
    theirs = ratios(e.native, e)
    twin = {p.name: float(theirs.max(initial=0.0))}
    notes = (f"the twin's own {p.name} {q} is outside the bound",) if np.any(theirs > K) else ()
    finding = compare(q, got, e)
    if finding is not None and np.any(theirs > K) and _nothing_left(e, truth.origin[q] if is_param else None):
        return Report("", tally=Tally(0, 0, {}, twin), notes=notes), False
    if finding is not None:
        before = {"parameter": float(truth.origin[q][finding.index])} if is_param else {}
        cause = cause_of(got, e, sizes={"its elements": got.size})
        return Report("", (replace(finding, inputs=before, cause=cause),), Tally(1, 0, {}, twin), notes), False
    fired, slipped = slipping_controls(got, e, got.size, truth.origin[q] if is_param else None)
    tally = Tally(1, fired, {p.name: float(ratios(got, e).max(initial=0.0))}, twin)
    swallowed = is_param and truth.reach is not None and np.any(truth.reach[q]) and _covers(e.bound, truth.reach[q])
    found = (Finding("void", q, "proves nothing: the spread has swallowed the training"),) if swallowed else ()
    return Report("", found, tally, notes), fired > 1 and not slipped


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
