"""Right code in another convention: named where it is met, and judged by it where the user accepts it by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import K, Precision
from gradtwin.core.call import aside
from gradtwin.core.conventions import CONVENTIONS, by_name, explained_by, is_of_numbers
from gradtwin.core.errors import GradtwinError
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import arrays_in, misfits
from gradtwin.ops.gradients import gradients_by_name
from gradtwin.ops.judge import judge
from gradtwin.ops.readings import Reading, readings
from gradtwin.ops.subject import Subject
from gradtwin.ops.twin import Question

__all__ = ["judged_by_convention"]

Array = NDArray[Any]

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
    return explained_by(closest, _held(subjects, names, answers)) if searched else closest


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
    single = [reading for name in names for reading in readings(subject, name)]
    near = [r for r in (PLAIN, *single, *_pairs(subject, names, whole=False)) if answers.near(r)]
    forward = [r for r in single if answers.near(r, forward_only=True)]
    return [*near, *(r for r in (PLAIN, *forward[:1]) if r not in near)]


def _pairs(subject: Subject, names: Sequence[str], *, whole: bool) -> Iterator[Reading]:
    """Yield the readings by two conventions at once; `whole`: by the first of the second one's only."""
    for i, name in enumerate(names):
        for first in filter(lambda reading: _has_twin(reading.change(subject)), readings(subject, name)):
            for other in names[i + 1 :]:
                for second in readings(first.change(subject), other)[: 1 if whole else None]:
                    yield first.then(second)


def _has_twin(subject: Subject) -> bool:
    """Return whether the twin of a convention runs at all."""
    try:
        return subject.native is not None
    except GradtwinError:
        return False


def _held(subjects: Sequence[Subject], accepted: Sequence[str], answers: _Answers) -> list[tuple[str, ...]]:
    """Return the names of the conventions that hold and are not accepted: single ones, or else two at once."""
    subject = subjects[0]
    names = [name for name in CONVENTIONS if readings(subject, name)]

    def holds(among: Iterable[Reading]) -> bool:
        near = (reading for reading in among if answers.near(reading))
        return any(report is not None and report.ok for report in (_judged(subjects, reading) for reading in near))

    single: list[tuple[str, ...]] = [
        (name,) for name in names if name not in accepted and holds(readings(subject, name))
    ]
    return single or list({pair.names: None for pair in _pairs(subject, names, whole=True) if holds([pair])})


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
        arrays = [x for x in (*self.subject.inputs.arrays, *self.cotangents) if isinstance(x, np.ndarray)]
        return max((float(np.max(np.abs(x), where=np.isfinite(x), initial=0.0)) for x in arrays), default=0.0)

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
        if not self.outputs:
            return False
        subject = reading.change(self.subject)
        inputs, judged = subject.inputs, subject.backward is not None and not forward_only
        try:
            e = subject.twin.run(Question(inputs.arrays, inputs.wanted, [self.cotangents] if judged else []))
        except GradtwinError:
            return False
        pairs: list[tuple[Array | None, Array | None]] = list(zip(self.outputs, e.outputs, strict=False))
        if judged:
            same = subject.backward is self.subject.backward
            gradients = self.gradients if same else self._of_backward(subject)
            pairs += [(gradients.get(n), g) for n, g in zip(inputs.names, e.gradients[0], strict=True)]
        return all(_near(got, truth, subject.precision, self.size) for got, truth in pairs)


@np.errstate(all="ignore")
def _near(got: Array | None, truth: Array | None, p: Precision, size: float) -> bool:
    """Return whether an array has half of the digits of another, or is zero as it but for rounding what came in."""
    if got is None or truth is None:
        return got is truth or not bool(np.any(got if truth is None else truth))
    if got.shape != truth.shape:
        return False
    finite = np.isfinite(got) & np.isfinite(truth)
    largest = np.max(np.abs(truth), where=finite, initial=0.0)
    far = np.abs(np.asarray(got, np.float64) - truth) > np.sqrt(p.unit) * largest + K * p.unit * size
    return not bool(np.any(far & finite))
