"""The hunt: a subject that matches on the inputs at hand, tried on others that its twin takes.

What differs in a trial by more than a few roundings is judged like any other inputs. What a difference means depends on
what was claimed: see `Variation`.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gradtwin.catalogue.unchecked import UNCHECKED
from gradtwin.core.bound import FAR, HUNT_ELEMENTS, HUNT_JUDGED, HUNT_LARGEST, HUNT_SECONDS, HUNT_SHRUNK, HUNT_WORK
from gradtwin.core.call import declines
from gradtwin.core.errors import UsageError
from gradtwin.core.guards import Watch
from gradtwin.core.report import Finding, Report
from gradtwin.hunt.ground import ALL, NOTHING, Ground, Variation
from gradtwin.hunt.plan import plan
from gradtwin.hunt.shrink import simpler
from gradtwin.ops.conventions import judged_by_convention
from gradtwin.ops.exact import judge_exactly
from gradtwin.ops.gradients import of_outputs
from gradtwin.ops.subject import Subject
from gradtwin.ops.trial import Trial, Trials, size_of

__all__ = ["hunted"]

EXCUSED = ("disputed", "inconclusive")
"""The verdicts that accuse nobody, on inputs that the user has not chosen."""
LOOKS = 3
"""How many of the simplest inputs are judged before one shows a mistake."""
UNTRIED = "not tried: {}, which yours does not take"
LEFT = "{} more were not tried, since effort={!r} does not reach that far"
CUT = "{} more were not tried, since effort={!r} ends after {} s"
HIDDEN = "not tried: other sizes, labels and options, which torch's {} does not check"


@dataclass
class _Hunt:
    """What has been tried, and what came of it."""

    trials: Trials
    ground: Ground
    work: float
    end: float
    tried: Counter[str] = field(default_factory=Counter)
    findings: dict[tuple[str, str], Finding] = field(default_factory=dict)
    limits: dict[tuple[str, str], str] = field(default_factory=dict)

    def run(self, variations: Iterator[Variation]) -> int:
        """Try variations, as far as the work reaches; return how many were left."""
        left = 0
        for variation in variations:
            if self.is_over:
                left += 1
                continue
            self.work -= self.trials.cost(variation)
            trial = self.trials.on(variation)
            if trial is None:
                continue
            self.work -= _results(trial.subject)
            self.tried[variation.kind] += 1
            if trial.far:
                self._take(trial)
        return left

    @property
    def is_over(self) -> bool:
        """Whether the work is done that there is, or the time."""
        return self.work <= 0 or time.monotonic() > self.end

    def _take(self, trial: Trial) -> None:
        """Judge a trial, and keep what is new: as a finding, by its simplest inputs, or as a limit."""
        self.work -= HUNT_JUDGED * (self.trials.cost(trial.variation) + _results(trial.subject))
        findings = _judged(trial)
        if not findings:
            self.trials.learn(trial)
        for finding in findings:
            variation, key = trial.variation, (finding.verdict, finding.quantity)
            if not _is_claimed(trial, finding):
                words = f"{variation.words}: {finding.quantity} {finding.message}"
                self.limits.setdefault((variation.kind, finding.verdict), words)
            elif key not in self.findings:
                self.findings[key] = self._shrunk(trial, finding).within(variation.words)

    def _shrunk(self, trial: Trial, finding: Finding) -> Finding:
        """Return a finding of the same kind by the simplest inputs that are found, with the call that repeats it."""
        quantity, chain = "" if finding.verdict == "crash" else finding.quantity, [trial]
        steps, is_simpler = iter(range(HUNT_SHRUNK)), True
        while is_simpler:
            candidates = (self.trials.on(variation) for variation in simpler(chain[-1].variation, self.ground))
            failing = (c for _, c in zip(steps, candidates, strict=False) if c is not None and quantity in c.far)
            smaller = next(failing, None)
            is_simpler = smaller is not None
            chain += [] if smaller is None else [smaller]
        # What fails at the simplest may be another mistake, or be called so.
        for simplest in chain[:0:-1][:LOOKS]:
            for found in _judged(simplest):
                if (found.verdict, found.quantity) == (finding.verdict, finding.quantity):
                    return replace(found, example=_example(simplest))
        return replace(finding, example=_example(trial))


def hunted(subject: Subject) -> Report:
    """Return what inputs find that are derived from those of a subject; an empty report, where none can be."""
    inputs, manner, effort = subject.inputs, subject.manner, subject.manner.effort
    if not HUNT_WORK[effort] or size_of(subject) > HUNT_LARGEST:
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
    hunt = _Hunt(Trials(quiet), ground, HUNT_WORK[effort], time.monotonic() + HUNT_SECONDS[effort])
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


def _example(trial: Trial) -> str | None:
    return trial.subject.origin.example(trial.subject.inputs)


def _results(subject: Subject) -> float:
    """Return how much work the results are, in calls on no elements."""
    return sum(x.numel() for x in subject.native.outputs) / HUNT_ELEMENTS


def _judged(trial: Trial) -> list[Finding]:
    """Return what accuses the suspect on inputs that nobody chose."""
    subject = trial.subject
    try:
        reports = [judged_by_convention([subject])]
        # Beside an edge the bound reaches over it, as rounding does.
        reports += [judge_exactly(subject, [("", subject.inputs.arrays)])] if trial.variation.is_exact else []
    except UsageError:  # the twin takes it, but not in every way in which it is run
        return []
    findings = [f for report in reports for f in report.findings]
    return [f for f in findings if f.verdict not in EXCUSED and (f.ratio is None or f.ratio > FAR)]


def _is_claimed(trial: Trial, finding: Finding) -> bool:
    """Return whether what was found is against what is claimed of code at these inputs."""
    claim = trial.variation.claim
    if finding.verdict != "crash":
        return claim != NOTHING
    return claim == ALL and not _declines(trial.subject, finding.quantity)


def _declines(subject: Subject, side: str) -> bool:
    """Return whether a suspect refuses what it was not given by a raise, or an assert, of its own."""
    inputs = subject.inputs
    if side == "forward":
        return declines(subject.forward, inputs.arrays, inputs.options)
    cotangents = subject.cotangents([tuple(x.shape) for x in subject.native.outputs])[0]
    return declines(of_outputs(subject.backward, len(cotangents)), [*cotangents, *inputs.arrays], inputs.options)
