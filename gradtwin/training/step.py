"""Comparing what one training step made of everything with what the twin made of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLOSER_LOOKS, K, Precision, spread_of
from gradtwin.core.causes import cause_of
from gradtwin.core.controls import Controls
from gradtwin.core.hold import hold
from gradtwin.core.key import Key
from gradtwin.core.report import Finding, Report
from gradtwin.core.truth import Expectation
from gradtwin.training.snapshot import Snapshot

__all__ = ["QuantityTruth", "Scope", "Spreads", "StepTruth", "StepVerdict", "compare_step", "spreads"]

Array = NDArray[Any]
Spreads = dict[Key, Array]


@dataclass(frozen=True)
class Scope:
    """Which quantities of a step are judged.

    Parameters
    ----------
    gradients : bool
        Whether the gradients are the suspect's own; else both sides were given them.
    state : bool
        Whether the suspect must hold everything that the twin holds; else its state is out of reach.
    """

    gradients: bool = True
    state: bool = True

    def takes(self, key: Key, own: Snapshot) -> bool:
        """Return whether a quantity of the twin is judged."""
        return (self.gradients or key.role != "gradient") and (self.state or key in own)


@dataclass(frozen=True)
class StepTruth:
    """What the twin says of one step.

    Parameters
    ----------
    step : int
        The step, counted from 0.
    precision : Precision
        The precision under test.
    after : Snapshot
        The twin's snapshot in float64.
    native : Snapshot
        The twin's snapshot at the precision and on the device under test.
    spread : mapping
        The spread of the shadow runs, by quantity; without those of which they disagree about the shape.
    closer_look : callable
        ``closer_look(i)`` returns the spreads of further shadow runs, as many as `CLOSER_LOOKS` has at i.
    origin : Snapshot
        Where the step, or the free run, began: what updates are counted from.
    reach : Snapshot, optional
        How far each element of the parameters has ever been from the start of a free run.
    """

    step: int
    precision: Precision
    after: Snapshot
    native: Snapshot
    spread: Spreads
    closer_look: Callable[[int], Spreads]
    origin: Snapshot
    reach: Snapshot | None = None


class QuantityTruth:
    """What the twin says of one quantity of a step."""

    def __init__(self, truth: StepTruth, key: Key) -> None:
        self.truth, self.key = truth, key
        self.spread = truth.spread[key]
        self.looks = 0

    def first(self) -> Expectation:
        """Return the expectation after a first look."""
        value = self.truth.after[self.key]
        native = self.truth.native.get(self.key, value)
        # A whole number that differs is compared exactly only when no run of any look has had another one.
        settled = value.dtype.kind in "iu" and self.looks == len(CLOSER_LOOKS) and not np.any(self.spread)
        return Expectation(
            value.astype(np.float64),
            self.spread,
            native if native.shape == value.shape else value,
            self.truth.precision,
            exact=self.key.is_counter or settled,
        )

    def closer(self) -> Expectation | None:
        """Return the expectation after a closer look; None where rounding turns out to decide the shape."""
        wider = self.truth.closer_look(self.looks).get(self.key)
        if wider is None:
            return None
        self.looks += 1
        self.spread = np.fmax(self.spread, wider)
        return self.first()

    def closest(self) -> Expectation | None:
        """Return the expectation after all looks."""
        e: Expectation | None = self.first()
        while e is not None and self.looks < len(CLOSER_LOOKS):
            e = self.closer()
        return e


@dataclass(frozen=True)
class StepVerdict:
    """What was found out about one step.

    Parameters
    ----------
    report : Report
        What is wrong, and the figures.
    proven : frozenset of Key
        Quantities whose altered copies were all refused.
    unjudged : frozenset of Key
        Quantities of which rounding decides the shape or all digits.
    """

    report: Report
    proven: frozenset[Key]
    unjudged: frozenset[Key]


def spreads(truth: Snapshot, shadows: Snapshot) -> Spreads:
    """Return the spread of every quantity of shadow runs, which stand on a leading axis.

    Left out is what rounding decides the shape of, such as the history of an optimizer that may stop a step earlier.
    """
    alike = {key: x for key, x in truth.items() if key in shadows and shadows[key].shape[1:] == x.shape}
    return {key: spread_of(x.astype(np.float64), list(shadows[key])) for key, x in alike.items()}


def compare_step(own: Snapshot, truth: StepTruth, scope: Scope) -> StepVerdict:
    """Compare gradients, then state, then parameters, up to the first that differs.

    Of a free run the verdict is `void` once the bound reaches half of the way that a parameter has come.
    """
    judged: dict[Key, tuple[Report, bool]] = {}
    for key in (key for key in truth.after if scope.takes(key, own)):
        judged[key] = _quantity(key, own, truth)
        if judged[key][0].findings:
            break
    report = Report.joined("", [report for report, _ in judged.values()])
    findings = tuple(replace(f, step=truth.step) for f in report.findings)
    return StepVerdict(
        replace(report, findings=findings, tally=replace(report.tally, steps=1)),
        frozenset(key for key, (_, proven) in judged.items() if proven),
        frozenset(key for key, (part, _) in judged.items() if not part.tally.checks and not part.findings),
    )


def _quantity(key: Key, own: Snapshot, truth: StepTruth) -> tuple[Report, bool]:
    """Return the report on one quantity, and whether its altered copies were all refused."""
    if key not in truth.spread:
        return Report(""), False
    wrong = _form(key, own, truth)
    if wrong:
        return Report("", (Finding("structure", str(key), wrong),)), False
    got, origin = own[key], truth.origin[key] if key.role == "parameter" else None
    settled = got.shape == truth.after[key].shape
    comparison = hold(str(key), got, QuantityTruth(truth, key), Controls(got.size, origin)) if settled else None
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
    void = Finding("void", str(key), "proves nothing: the spread has swallowed the training")
    return comparison.report(*((void,) if _swallowed(key, e, truth) else ())), comparison.proved


def _form(key: Key, own: Snapshot, truth: StepTruth) -> str:
    """Return what is wrong with the form; counters, the loss and scalars of the state may be of another type."""
    if key not in own:
        kept = ", ".join(str(k) for k in own if k.role != "parameter")
        return f"is kept by the twin and not by the suspect, which has {kept}"
    got, value, p = own[key], truth.after[key], truth.precision
    if got.shape != value.shape:
        settled = all(key in truth.closer_look(i) for i in range(len(CLOSER_LOOKS)))
        return f"has shape {got.shape} where the twin has {value.shape}" if settled else ""
    free = key.is_counter or key.role == "loss" or (got.ndim == 0 and key.role == "state")
    return "" if free or got.dtype == p.name else f"has dtype {got.dtype} where {p.name} came in"


def _nothing_left(e: Expectation, origin: Array | None) -> bool:
    """Return whether no digit of a quantity is determined, of a parameter none of its update.

    Where the twin's own run at this precision is outside the bound as well, that is a place where rounding decides,
    such as the direction of a quasi-Newton step between two points that are equal but for rounding.
    """
    way = e.truth if origin is None else e.truth - origin
    return bool(np.all(e.bound > np.abs(way)))


def _swallowed(key: Key, e: Expectation, truth: StepTruth) -> bool:
    """Return whether the bound reaches half of the way that a parameter of a free run has come."""
    if truth.reach is None or key.role != "parameter":
        return False
    reach = truth.reach[key]
    return bool(np.any(reach) and np.all(e.bound >= reach / 2))
