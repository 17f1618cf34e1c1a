"""The hunt: a subject that matches on the inputs at hand, tried on others that its twin takes.

A trial is one call of both sides that nobody observes; what differs there by more than a few roundings is judged like
any other inputs. What a difference means depends on what was claimed: see `Variation`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradtwin.catalogue.unchecked import UNCHECKED
from gradtwin.core.bound import (
    AS_AT_HAND,
    FAR,
    HUNT_ELEMENTS,
    HUNT_JUDGED,
    HUNT_LARGEST,
    HUNT_SECONDS,
    HUNT_WORK,
    K,
    Precision,
)
from gradtwin.core.call import declines
from gradtwin.core.carrier import rounded
from gradtwin.core.errors import UsageError
from gradtwin.core.guards import Watch
from gradtwin.core.report import Finding, Report
from gradtwin.hunt.ground import ALL, NOTHING, Ground, Variation
from gradtwin.hunt.plan import plan
from gradtwin.ops.both import of_suspect, of_twin
from gradtwin.ops.conventions import judged_by_convention
from gradtwin.ops.exact import judge_exactly
from gradtwin.ops.gradients import of_outputs
from gradtwin.ops.subject import Subject

__all__ = ["hunted"]

Array = NDArray[Any]

EXCUSED = ("disputed", "inconclusive")
"""The verdicts that accuse nobody, on inputs that the user has not chosen."""
SHAPING = ("sizes", "options")
"""What is varied that the shapes of arrays inside of the twin depend on."""
UNTRIED = "not tried: {}, which yours does not take"
LEFT = "{} more were not tried, since effort={!r} does not reach that far"
CUT = "{} more were not tried, since effort={!r} ends after {} s"
HIDDEN = "not tried: other sizes, labels and options, which torch's {} does not check"


class _Distance(NamedTuple):
    """How far a quantity is from the twin's: in roundings of each element at most, and in the middle of those that are
    further than a few; and in roundings of the largest element."""

    own: float
    middle: float
    largest: float


ALIKE, APART = _Distance(0, 0, 0), _Distance(np.inf, np.inf, np.inf)
Distances = dict[str, _Distance]


@dataclass
class _Hunt:
    """What has been tried, and what came of it."""

    subject: Subject
    work: float
    end: float
    tried: Counter[str] = field(default_factory=Counter)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    limits: dict[tuple[str, str], str] = field(default_factory=dict)

    def run(self, variations: Iterator[Variation]) -> int:
        """Try variations, as far as the work reaches; return how many were left."""
        left, near = 0, list[tuple[Subject, Variation]]()
        at_hand = _distances(self.subject) or {}
        for variation in variations:
            if self.is_over:
                left += 1
                continue
            subject = _changed(self.subject, variation)
            self.work -= _cost(subject)
            distances = _distances(subject) if self._is_the_same_function(subject, variation) else None
            if distances is None:
                continue
            self.tried[variation.kind] += 1
            # Where the twin itself is coarse, right code is as far from it here as it was there. It may also add up
            # all elements one after the other, with a rounding for each.
            near_by = K * max(_size(subject), 1)
            if any(d.largest > max(near_by, AS_AT_HAND * at_hand.get(q, ALIKE).middle) for q, d in distances.items()):
                self._judge(subject, variation)
            elif all(d.largest <= K for d in distances.values()) and any(d.own > K for d in distances.values()):
                near.append((subject, variation))
        # What only small elements tell comes last: of sums, they mostly carry the rounding of larger ones.
        for subject, variation in near:
            if not self.is_over:
                self._judge(subject, variation)
        return left

    @property
    def is_over(self) -> bool:
        """Whether the work is done that there is, or the time."""
        return self.work <= 0 or time.monotonic() > self.end

    @cached_property
    def _shapes_tell(self) -> bool:
        """Whether a run of the twin without numbers tells anything."""
        return _takes_shapes(self.subject)

    def _is_the_same_function(self, subject: Subject, variation: Variation) -> bool:
        """Return whether a twin takes the inputs, and returns as many results as on those at hand, and no huge ones."""
        if variation.kind in SHAPING and self._shapes_tell and not _takes_shapes(subject):
            return False
        try:
            outputs = subject.native.outputs
        except UsageError:
            return False
        self.work -= sum(x.numel() for x in outputs) / HUNT_ELEMENTS
        are_small = sum(x.numel() for x in outputs) <= HUNT_LARGEST
        return are_small and len(outputs) == len(self.subject.native.outputs)

    def _judge(self, subject: Subject, variation: Variation) -> None:
        self.work -= HUNT_JUDGED * (_cost(subject) + sum(x.numel() for x in subject.native.outputs) / HUNT_ELEMENTS)
        try:
            reports = [judged_by_convention([subject])]
            # Beside an edge the bound reaches over it, as rounding does.
            reports += [judge_exactly(subject, [("", subject.inputs.arrays)])] if variation.is_exact else []
        except UsageError:  # the twin takes it, but not in every way in which it is run
            return
        for finding in (f for report in reports for f in report.findings):
            if finding.verdict in EXCUSED or (finding.ratio is not None and finding.ratio <= FAR):
                continue
            if _is_claimed(subject, variation, finding):
                self.findings.setdefault((finding.verdict, finding.quantity), finding.within(variation.words))
            else:
                words = f"{variation.words}: {finding.quantity} {finding.message}"
                self.limits.setdefault((variation.kind, finding.verdict), words)


def hunted(subject: Subject) -> Report:
    """Return what inputs find that are derived from those of a subject; an empty report, where none can be."""
    inputs, manner, effort = subject.inputs, subject.manner, subject.manner.effort
    if not HUNT_WORK[effort] or _size(subject) > HUNT_LARGEST:
        return Report("")
    if manner.decides or manner.exact or not manner.compares_values:
        return Report("")
    optional = subject.origin.optional
    unchecked = UNCHECKED & subject.twin.calls(inputs.arrays, subject.precision.name)
    ground = Ground(
        inputs.arrays,
        inputs.names,
        inputs.wanted,
        inputs.options,
        optional.defaults,
        subject.seed,
        is_open=not manner.has_inputs,
        is_checked=not unchecked,
    )
    watch = Watch({}, subject.places, libraries=True)
    # The sign of a zero that comes of a difference is one of rounding.
    quiet = replace(subject, origin=replace(subject.origin, examine=None), manner=replace(manner, signed_zeros=()))
    hunt = _Hunt(quiet, HUNT_WORK[effort], time.monotonic() + HUNT_SECONDS[effort])
    try:
        left = hunt.run(plan(ground))
    finally:
        watch.settle()
    remarks = [UNTRIED.format(", ".join(optional.lacking))] if optional.lacking else []
    remarks += [HIDDEN.format(", ".join(unchecked))] if unchecked else []
    if left:
        remarks.append((LEFT if hunt.work <= 0 else CUT).format(left, effort, HUNT_SECONDS[effort]))
    findings, limits = tuple(hunt.findings.values()), tuple(hunt.limits.values())
    return Report("", findings, remarks=tuple(remarks), limits=limits, tried=dict(hunt.tried))


def _size(subject: Subject) -> int:
    return sum(x.size for x in subject.inputs.arrays if isinstance(x, np.ndarray))


def _cost(subject: Subject) -> float:
    return 1 + _size(subject) / HUNT_ELEMENTS


def _takes_shapes(subject: Subject) -> bool:
    return subject.twin.takes_shapes(subject.inputs.arrays, subject.precision.name)


def _changed(subject: Subject, variation: Variation) -> Subject:
    arrays = tuple(_representable(x, subject.precision) for x in variation.arrays)
    inputs = replace(subject.inputs, arrays=arrays, options=variation.options)
    manner = replace(subject.manner, drawn=variation.cotangents)
    return replace(subject, inputs=inputs, manner=manner, twin=subject.twin.with_options(variation.options))


def _representable(x: Any, p: Precision) -> Any:
    return rounded(x, p) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def _distances(subject: Subject) -> Distances | None:
    """Return how far one call of the suspect is from the twin's; None where the twin has no finite answer."""
    cotangents: list[Array] = []
    try:
        cotangents += subject.cotangents([tuple(x.shape) for x in subject.native.outputs])[0]
    except (UsageError, RuntimeError):
        return None
    theirs = of_twin(subject, subject.precision.name, cotangents)
    if theirs is None or not all(bool(np.all(np.isfinite(x))) for x in theirs.values()):
        return None
    ours = of_suspect(subject, subject.precision.name, cotangents)
    if ours is None:
        return {"": APART}
    p = subject.precision
    return {name: _distance(ours[name], truth, p) if name in ours else APART for name, truth in theirs.items()}


def _distance(got: Array, truth: Array, p: Precision) -> _Distance:
    if got.shape != truth.shape:
        return APART
    with np.errstate(all="ignore"):
        off = np.nan_to_num(np.abs(np.asarray(got, np.float64) - truth), nan=np.inf, posinf=np.inf)
        size = p.unit * np.abs(np.asarray(truth, np.float64))
        own, largest = (np.where(off == 0, 0, off / of) for of in (size, np.max(size, initial=0)))
    middle = np.median(own[own > K]) if np.any(own > K) else 0.0
    return _Distance(float(np.max(own, initial=0)), float(middle), float(np.max(largest, initial=0)))


def _is_claimed(subject: Subject, variation: Variation, finding: Finding) -> bool:
    """Return whether what was found is against what is claimed of code at these inputs."""
    if finding.verdict != "crash":
        return variation.claim != NOTHING
    return variation.claim == ALL and not _declines(subject, finding.quantity)


def _declines(subject: Subject, side: str) -> bool:
    """Return whether a suspect refuses what it was not given by a raise, or an assert, of its own."""
    inputs = subject.inputs
    if side == "forward":
        return declines(subject.forward, inputs.arrays, inputs.options)
    cotangents = subject.cotangents([tuple(x.shape) for x in subject.native.outputs])[0]
    return declines(of_outputs(subject.backward, len(cotangents)), [*cotangents, *inputs.arrays], inputs.options)
