"""Right code in another convention: named where it is met, and judged by it where the user accepts it by name."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import NEARER, K
from gradtwin.core.call import aside
from gradtwin.core.conventions import CONVENTIONS, apart, by_name, explained_by, explains, is_of_numbers
from gradtwin.core.errors import GradtwinError
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import arrays_in, magnitude, misfits
from gradtwin.ops.evaluation import answered
from gradtwin.ops.gradients import gradients_by_name
from gradtwin.ops.judge import judge
from gradtwin.ops.readings import Reading, Readings
from gradtwin.ops.subject import Subject

__all__ = ["judged_by_convention"]

Array = NDArray[Any]

PAIRS = 2**6
"""Readings by two conventions that are tried at most: each runs the twin, which may be a model that is fitted."""
PLAIN = Reading((), lambda subject: subject)


def judged_by_convention(subjects: Sequence[Subject]) -> Report:
    """Judge one suspect at every precision: as it is, by the conventions accepted, and else name those that hold.

    A convention holds on everything or not at all: at every precision every output, and every gradient for every
    cotangent, is judged beside the twin of that convention, with its own bound and controls.
    """
    subject = subjects[0]
    names = [name for name in CONVENTIONS if name in subject.manner.accept]
    answers = _Answers(subject)
    reports = []
    for reading in _accepted(subject, names, answers):
        report = _judged(subjects, reading)
        if report is not None and report.ok:
            return by_name(report, reading.names)
        if report is not None:
            reports.append(report)
    # Nothing explains the suspect: of all readings, that with the fewest differences says most about what is wrong.
    closest = min(reports, key=lambda report: len(report.findings))
    searched = is_of_numbers(closest) and answers.telling
    return explained_by(closest, _held(subjects, names, answers, closest)) if searched else closest


def _judged(subjects: Sequence[Subject], reading: Reading) -> Report | None:
    """Return the report on the suspect, read so; None where the twin cannot be run by that convention."""
    try:
        return Report.across("", {s.precision.name: judge(reading.change(s)) for s in subjects})
    except GradtwinError:
        if reading is PLAIN:
            raise
        return None


def _accepted(subject: Subject, names: Sequence[str], answers: _Answers) -> list[Reading]:
    """Return how the suspect may be read: as it is, in the ways that come near, and in one of which the outputs do.

    The last tells of a wrong gradient beside the twin that its user means.
    """
    if not names:
        return [PLAIN]
    readings = Readings(subject)
    single = [reading for name in names for reading in readings.by(name)]
    near = [r for r in (PLAIN, *single, *_pairs(subject, names, whole=False)) if answers.near(r)]
    forward = [r for r in single if answers.near(r, forward_only=True)]
    return [*near, *(r for r in (PLAIN, *forward[:1]) if r not in near)]


def _pairs(subject: Subject, names: Sequence[str], *, whole: bool) -> Iterator[Reading]:
    """Yield the readings by two conventions at once; `whole`: by the first of the second one's only."""
    readings = Readings(subject)
    for i, name in enumerate(names):
        for first in readings.by(name):
            changed = first.change(subject)
            if _has_twin(changed):
                both = Readings(changed)
                for other in names[i + 1 :]:
                    yield from (first.then(second) for second in both.by(other)[: 1 if whole else None])


def _has_twin(subject: Subject) -> bool:
    """Return whether the twin of a convention runs at all."""
    try:
        return subject.native is not None
    except GradtwinError:
        return False


def _held(
    subjects: Sequence[Subject], accepted: Sequence[str], answers: _Answers, plain: Report
) -> list[tuple[str, ...]]:
    """Return the names of the conventions that explain a report and are not accepted: single ones, or two at once."""
    subject = subjects[0]
    readings = Readings(subject)
    names = [name for name in CONVENTIONS if readings.by(name)]

    def holds(among: Iterable[Reading]) -> bool:
        nearer = (reading for reading in among if answers.nearer(reading))
        reports = (_judged(subjects, reading) for reading in nearer)
        return any(report is not None and explains(report, plain) for report in reports)

    single: list[tuple[str, ...]] = [(name,) for name in names if name not in accepted and holds(readings.by(name))]
    pairs = itertools.islice(_pairs(subject, names, whole=True), PAIRS)
    return single or list({pair.names: None for pair in pairs if holds([pair])})


@dataclass(frozen=True)
class _Answers:
    """What a suspect answers at its first precision, to tell quickly which conventions do not come near."""

    subject: Subject

    @cached_property
    def outputs(self) -> list[Array]:
        """The outputs; none where they are not as many, or not of the shapes, as the twin's."""
        inputs, expected = self.subject.inputs, self.subject.native.outputs
        outcome = aside("forward", self.subject.forward, inputs.arrays, inputs.options, self.subject.places)
        outputs = [] if any(misfits(outcome.value)) else arrays_in(outcome.value)
        shapes = [tuple(o.shape) for o in expected[: len(expected) - self.subject.manner.decides]]
        return outputs if [x.shape for x in outputs] == shapes else []

    @cached_property
    def cotangents(self) -> list[Array]:
        """The random cotangents, one an output."""
        return self.subject.cotangents([x.shape for x in self.outputs])[0]

    @cached_property
    def gradients(self) -> dict[str, Array | None]:
        """The gradients for the random cotangents, by the names of the inputs."""
        return self._of_backward(self.subject)

    @cached_property
    def size(self) -> float:
        """The largest finite magnitude of what the suspect is called with."""
        return magnitude([*self.subject.inputs.arrays, *self.cotangents])

    @property
    def telling(self) -> bool:
        """Whether there are numbers enough for an explanation: of a single one anything is."""
        arrays = [*self.outputs, *(x for x in self.gradients.values() if x is not None)]
        return sum(int(np.count_nonzero(x)) for x in arrays) > 1

    def _of_backward(self, subject: Subject) -> dict[str, Array | None]:
        """Return what the backward of a subject answers."""
        if subject.backward is None or not self.outputs:
            return {}
        cotangents, inputs = self.cotangents, subject.inputs
        grad = cotangents[0] if len(cotangents) == 1 else tuple(cotangents)
        outcome = aside("backward", subject.backward, [grad, *inputs.arrays], inputs.options, subject.places)
        gradients = gradients_by_name(subject, outcome.value)
        return {} if isinstance(gradients, Finding) else gradients

    def near(self, reading: Reading, *, forward_only: bool = False) -> bool:
        """Return whether the suspect, read so, agrees with its twin to half of the digits."""
        return self.distance(reading, forward_only=forward_only) <= math.sqrt(self.subject.precision.unit)

    def nearer(self, reading: Reading) -> bool:
        """Return whether it agrees so, and much better than with the twin as it is: else the convention is no cause."""
        distance = self.distance(reading)
        return distance <= min(math.sqrt(self.subject.precision.unit), NEARER * self._plain_distance)

    @cached_property
    def _plain_distance(self) -> float:
        return self.distance(PLAIN)

    def distance(self, reading: Reading, *, forward_only: bool = False) -> float:
        """Return how far the suspect, read so, is from its twin, as a share of the largest number of each array.

        It is infinite where there is nothing to compare; the gradients are asked for only where the outputs come near.
        """
        if not self.outputs:
            return math.inf
        subject = reading.change(self.subject)
        inputs = subject.inputs
        try:
            forward = subject.twin.start(inputs.arrays, inputs.wanted, "float64")
            of_outputs = self._furthest(zip(self.outputs, forward.answer(()).outputs, strict=False))
            judged = subject.backward is not None and not forward_only
            if not judged or of_outputs > math.sqrt(subject.precision.unit):
                return of_outputs
            truths = answered(forward, [self.cotangents], lambda: forward).gradients[0]
        except GradtwinError:
            return math.inf
        gradients = self.gradients if subject.backward is self.subject.backward else self._of_backward(subject)
        of_gradients = self._furthest((gradients.get(n), g) for n, g in zip(inputs.names, truths, strict=True))
        return max(of_outputs, of_gradients)

    def _furthest(self, pairs: Iterable[tuple[Array | None, Array | None]]) -> float:
        granted = K * self.subject.precision.unit * self.size
        return max((_apart(got, truth, granted) for got, truth in pairs), default=0.0)


def _apart(got: Array | None, truth: Array | None, granted: float) -> float:
    """Return how far an array is from another; that there is none is near to nothing but zeros."""
    if got is None or truth is None:
        return 0.0 if got is truth or not bool(np.any(got if truth is None else truth)) else math.inf
    return apart(got, truth, granted)
