"""Comparing what training steps made of everything with what the twin made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLOSER_LOOKS
from gradtwin.core.causes import cause_of
from gradtwin.core.controls import Controls
from gradtwin.core.hold import Comparison, hold, hold_rows
from gradtwin.core.key import Key
from gradtwin.core.report import Finding, Report
from gradtwin.core.truth import Expectation, Places
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.step import QuantityTruth, Step, StepTruth

__all__ = ["Scope", "StepVerdict", "compare_steps"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Scope:
    """Which quantities of a step are judged.

    Parameters
    ----------
    gradients : bool
        Whether the gradients are the suspect's own; else both sides were given them.
    state : collection of str, or None
        The quantities of the state that the suspect must hold if the twin does; None for all.
    """

    gradients: bool = True
    state: Collection[str] | None = None

    def takes(self, key: Key, own: Snapshot) -> bool:
        """Return whether a quantity of the twin is judged."""
        if key.role == "state" and self.state is not None:
            return key.quantity in self.state
        return (self.gradients or key.role != "gradient") and (key in own or key.role != "loss")


@dataclass(frozen=True)
class StepVerdict:
    """What the comparison of one step says.

    Parameters
    ----------
    report : Report
        What is wrong, and the figures.
    proven : frozenset of Key
        Quantities whose altered copies were all refused.
    judged, unjudged : frozenset of Key
        Quantities that were compared, and those of which rounding decides the shape or all digits.
    widened : mapping
        What is right to the precision under test but of another type, with the types.
    undecided : bool
        Whether rounding decides how many iterations the step makes, and the suspect made another number.
    """

    report: Report
    proven: frozenset[Key]
    judged: frozenset[Key]
    unjudged: frozenset[Key]
    widened: Mapping[Key, str] = field(default_factory=dict)
    undecided: bool = False


def compare_steps(steps: Sequence[Step], scope: Scope) -> list[StepVerdict]:
    """Compare gradients, then state, then parameters of several steps, of each up to the first that differs.

    Of a free run the verdict is `inconclusive` once the bound reaches half of the way that a parameter has come.
    """
    pairs = zip(steps, _clear(steps, scope), strict=True)
    return [_compare_step(own, truth, scope, comparisons) for (truth, own), comparisons in pairs]


def _clear(steps: Sequence[Step], scope: Scope) -> list[dict[Key, Comparison]]:
    """Return, by step, what can be compared of all steps at once, and needs no closer look."""
    columns: dict[Any, list[int]] = {}
    for i, (truth, own) in enumerate(steps):
        for key in truth.spread:
            # Of another shape it may want a closer look, which must wait for its turn.
            alike = key in own and own[key].shape == truth.after[key].shape
            if alike and scope.takes(key, own) and not _form(key, own, truth):
                columns.setdefault((key, own[key].dtype, own[key].shape), []).append(i)
    clear: list[dict[Key, Comparison]] = [{} for _ in steps]
    for (key, _, _), places in columns.items():
        # One alone gains nothing from a stack, and is held when its turn comes.
        comparisons = _hold_column(key, [steps[i] for i in places]) if len(places) > 1 else [None]
        for i, comparison in zip(places, comparisons, strict=True):
            clear[i] |= {} if comparison is None else {key: comparison}
    return clear


def _hold_column(key: Key, steps: Sequence[Step]) -> list[Comparison | None]:
    """Hold one quantity of several steps against what the twin says at the first look."""
    first = [QuantityTruth(truth, key).first() for truth, _ in steps]
    truth, spread, native = (np.stack([getattr(e, name) for e in first]) for name in ("truth", "spread", "native"))
    e = Expectation(truth, spread, native, first[0].precision, first[0].exact)
    got = np.stack([own[key] for _, own in steps])
    origin = np.stack([truth.origin[key] for truth, _ in steps]) if key.role == "parameter" else None
    return hold_rows(str(key), got, e, Controls(got[0].size, origin))


def _compare_step(own: Snapshot, truth: StepTruth, scope: Scope, clear: Mapping[Key, Comparison]) -> StepVerdict:
    outcomes: dict[Key, tuple[Report, bool]] = {}
    for key in (key for key in truth.after if scope.takes(key, own)):
        outcomes[key] = _quantity(key, own, truth, clear.get(key))
        if outcomes[key][0].findings:
            break  # state and parameters are made of gradients, parameters of state
    report = Report.joined("", [report for report, _ in outcomes.values()])
    findings = tuple(replace(f, step=truth.step) for f in report.findings)
    lacks_loss = any(key.role == "loss" and key not in own for key in truth.after)
    remarks = (*report.remarks, *(("the suspect returns no loss, and none is judged",) if lacks_loss else ()))
    return StepVerdict(
        replace(report, findings=findings, tally=replace(report.tally, steps=1), remarks=remarks),
        frozenset(key for key, (_, proven) in outcomes.items() if proven),
        frozenset(key for key, (part, _) in outcomes.items() if part.tally.checks),
        frozenset(key for key, (part, _) in outcomes.items() if not part.tally.checks and not part.findings),
        {key: message for key in outcomes if (message := _type_of(key, own, truth))},
        any(_counts_otherwise(key, own, truth) for key in outcomes),
    )


def _quantity(key: Key, own: Snapshot, truth: StepTruth, comparison: Comparison | None) -> tuple[Report, bool]:
    """Return the report on one quantity, and whether its altered copies were all refused; compare it if need be."""
    if comparison is None:
        if key not in truth.spread:  # the shadow runs disagree about its shape
            return Report(""), False
        misfit = _form(key, own, truth)
        if misfit:
            return Report("", (Finding("structure", str(key), misfit),)), False
        comparison = _hold(key, own[key], truth)
    if comparison is None:
        return Report(""), False
    if comparison.finding is not None and comparison.twin > 1 and not comparison.expectation.exact:
        comparison = _beside_the_twins_own(key, own[key], truth, comparison)
    finding, origin = comparison.finding, _origin(key, truth)
    # Only of an accusation: a match stands, however little of it is determined.
    if finding is not None and comparison.twin > 1 and _nothing_left(comparison.expectation, origin):
        report = comparison.report()
        return replace(report, findings=(), tally=replace(report.tally, checks=0, worst={})), False
    if finding is not None:
        before = {} if origin is None else {"parameter": float(origin[finding.index])}
        cause = cause_of(own[key], comparison.expectation, sizes={"its elements": own[key].size})
        return comparison.report(replace(finding, inputs=before, cause=cause)), False
    nothing_left = Finding("inconclusive", str(key), "proves nothing: the spread has swallowed the training")
    is_swallowed = _swallowed(key, comparison.expectation, truth)
    return comparison.report(*((nothing_left,) if is_swallowed else ())), comparison.proved


def _hold(key: Key, got: Array, truth: StepTruth) -> Comparison | None:
    """Hold a quantity against what the twin says; None where rounding decides its shape."""
    if got.shape != truth.after[key].shape:
        return None
    return hold(str(key), got, QuantityTruth(truth, key), Controls(got.size, _origin(key, truth)))


def _beside_the_twins_own(key: Key, got: Array, truth: StepTruth, comparison: Comparison) -> Comparison:
    """Return the comparison with what the twin itself makes of a quantity at this precision, if that agrees.

    Where the twin is outside the bound, it does not do what it says, and what does the same is not at fault. Each
    element must be that of the twin or that of the truth; in between is neither.
    """
    e = comparison.expectation
    native = np.asarray(e.native, np.float64)
    with np.errstate(invalid="ignore"):
        nearer = np.isfinite(native) & (np.abs(got - native) < np.abs(got - e.truth))
    mixed = replace(e, truth=np.where(nearer, native, e.truth))
    beside = hold(str(key), got, _Settled(mixed), Controls(got.size, _origin(key, truth)))
    if beside is None or beside.finding is not None:
        return comparison
    return replace(beside, twin=comparison.twin)


@dataclass(frozen=True)
class _Settled:
    """What is said of a quantity after all looks."""

    expectation: Expectation

    def first(self) -> Expectation:
        """Return the expectation."""
        return self.expectation

    def closer(self, places: Places = None) -> Expectation:
        """Return the expectation; there is nothing closer."""
        return self.expectation


def _origin(key: Key, truth: StepTruth) -> Array | None:
    return truth.origin[key] if key.role == "parameter" else None


def _form(key: Key, own: Snapshot, truth: StepTruth) -> str:
    """Return what is wrong with the form of a quantity; empty where nothing is."""
    if key not in own:
        names = ", ".join(str(k) for k in own if k.role != "parameter")
        return f"is kept by the twin and not by the suspect, which has {names}"
    got, value = own[key], truth.after[key]
    if got.shape != value.shape:
        # A shape is wrong where no look, however close, has had another one than the twin.
        settled = all(key in truth.closer_look(i) for i in range(len(CLOSER_LOOKS)))
        return f"has shape {got.shape} where the twin has {value.shape}" if settled else ""
    return "" if got.dtype.kind in "biuf" else f"has dtype {got.dtype}, which is no type of real numbers"


def _type_of(key: Key, own: Snapshot, truth: StepTruth) -> str:
    """Return the type of a quantity that should be of another; counters, the loss and scalars of the state are free."""
    if key not in own:
        return ""
    got, p = own[key], truth.precision
    free = key.is_counter or key.role == "loss" or (got.ndim == 0 and key.role == "state")
    return "" if free or got.dtype == p.name else f"has dtype {got.dtype} where {p.name} came in"


def _counts_otherwise(key: Key, own: Snapshot, truth: StepTruth) -> bool:
    """Return whether a count of inner iterations is another than the twin's."""
    counts = key.role == "state" and not key.is_counter and truth.after[key].dtype.kind in "iu"
    return counts and key in own and not np.array_equal(own[key], truth.after[key])


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
