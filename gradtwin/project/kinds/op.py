"""Rows of operations: a forward and its backward, or a function without a gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from numpy.typing import NDArray

from gradtwin.core.call import enter
from gradtwin.core.conditions import Conditions
from gradtwin.core.hold import hold
from gradtwin.core.report import Finding, Report, Tally, times
from gradtwin.core.results import arrays_in
from gradtwin.core.truth import Truth
from gradtwin.project.case import Case, Inputs, Misprint, Refusal
from gradtwin.project.modules import load
from gradtwin.project.numbers import described, side_by_side
from gradtwin.project.trials import Trial, both_refuse, refusal_trials, tensor, trials_by_family

if TYPE_CHECKING:
    from gradtwin.ops.subject import Subject

__all__ = ["Op"]

Array = NDArray[Any]
SIGNLESS = ("empty", "tiny")
"""Families whose zeros have no sign to keep: the sum of nothing, and sums that underflow, each in its own order."""


@dataclass(frozen=True)
class Op:
    """A forward and its backward: an activation, a loss, a layer; or a function without a gradient.

    Parameters
    ----------
    name : str
        ``family.op``, as the commands know it.
    suspect : str
        Module with ``forward`` and, unless `gradient` is False, ``backward``; by default the one of this name in the
        package of the suspects.
    twin : str
        Module with the PyTorch ``forward``; by default the one of this name in the package of the twins.
    inputs : callable
        ``inputs(draw)`` returns the inputs of the cases that bring none of their own.
    cases : sequence of Case
        At least one.
    kinks : sequence of float
        Points without a derivative, as dyadic rationals; the family ``kinks`` draws from them.
    refusals : sequence of Refusal
        Calls that both sides refuse.
    omitted : mapping
        Input families that no case is tried on, each with the reason: what the twin cannot do there.
    gradient : bool
        False for a function that nobody differentiates, such as the start of a weight.
    margin : bool
        True for a function that decides; the twin's module has ``margin``, as `gradtwin.check` takes it.
    misprints : sequence of Misprint
        Wrong formulas of the same function, which must be refused.
    tags : sequence of str
        Further names of the row.
    """

    kind: ClassVar[str] = "op"
    sides: ClassVar[tuple[tuple[str, str], ...]] = (("suspect", "twin"),)
    takes_long: ClassVar[bool] = False

    name: str
    suspect: str = ""
    twin: str = ""
    _: KW_ONLY
    inputs: Inputs
    cases: Sequence[Case]
    kinks: Sequence[float] = ()
    refusals: Sequence[Refusal] = ()
    omitted: Mapping[str, str] = field(default_factory=dict)
    gradient: bool = True
    margin: bool = False
    misprints: Sequence[Misprint] = ()
    tags: Sequence[str] = ()

    def trials(self, conditions: Conditions, steps: int | None = None) -> Iterator[Trial]:
        """Yield cases by families by precisions; refusals and misprints at the first precision."""
        for at_precision in conditions.by_precision():
            yield from trials_by_family(self, self.cases, at_precision)
        yield from refusal_trials(self, self.refusals, conditions)
        first = next(conditions.by_precision())
        for misprint in self.misprints:
            yield Trial(self, misprint, f"refuses misprint {misprint.name}", first)

    def judge(self, trial: Trial, case: Case | Misprint) -> Report:
        """Judge what must match, or a misprint."""
        from gradtwin.ops.check import check

        if isinstance(case, Misprint):
            return self._judge_misprint(trial, case)
        forward, backward = self._functions("forward", "backward")
        return check(
            forward,
            backward,
            margin=self._margin(),
            **self._arguments(trial, case),
            **trial.keywords(),
        )

    def _judge_misprint(self, trial: Trial, misprint: Misprint) -> Report:
        """Judge a formula that must be refused: the pair fails unless it is, and in the right place."""
        from gradtwin.ops.check import check

        forward, backward = self._functions(misprint.forward, misprint.backward)
        report = check(forward, backward, **self._arguments(trial, self.cases[0]), **trial.keywords())
        place = report.findings[0].quantity if report.findings else "nothing"
        if (report.verdict, place) == (misprint.verdict, misprint.quantity):
            refusal = replace(report.findings[0], context=misprint.name)
            return Report(trial.id, tally=Tally(checks=1, controls=1), command=trial.command, refused=(refusal,))
        expected = f"{misprint.verdict} of {misprint.quantity}"
        message = f"is wrong and must be refused as {expected}; the verdict is {report.verdict}, of {place}"
        return Report(trial.id, (Finding("mismatch", misprint.quantity, message),), command=trial.command)

    def refuse(self, trial: Trial, refusal: Refusal) -> Report:
        """Judge a call that both sides must refuse."""
        inputs = trial.inputs(refusal.inputs or self.inputs, self.kinks)
        by_name = dict(inputs) if isinstance(inputs, Mapping) else {}
        positional = () if by_name else tuple(inputs)
        options = {**by_name, **refusal.options}
        ours, _ = self._functions("forward", "backward")
        theirs = self._twin()
        return both_refuse(
            trial,
            lambda: enter(ours, *positional, **options),
            lambda: enter(theirs, *map(tensor, positional), **{k: tensor(v) for k, v in options.items()}),
        )

    def numbers(self, trial: Trial, case: Case) -> Iterator[str]:
        """Yield inputs and cotangents, and both sides of every output and gradient."""
        from gradtwin.ops.gradients import gradients_by_name
        from gradtwin.ops.labels import LabelTruth

        subject = self.subject(trial, case)
        inputs, manner = subject.inputs, subject.manner
        for name, x in zip(inputs.names, inputs.arrays, strict=True):
            yield described(name, x)
        outputs = arrays_in(enter(subject.forward, *inputs.arrays, **inputs.options))
        choices = subject.cotangents([x.shape for x in outputs])
        truth, cotangents = subject.truth(choices), choices[0]
        for x in cotangents if subject.backward is not None else ():
            yield described("grad", x)
        for i, (name, output) in enumerate(zip(manner.names_of(len(outputs)), outputs, strict=True)):
            labels = manner.decides and i == len(outputs) - 1
            yield _table_of(
                name, output, LabelTruth(truth.output(i), truth.output(i + 1)) if labels else truth.output(i)
            )
        if subject.backward is None:
            return
        grad = cotangents[0] if len(cotangents) == 1 else tuple(cotangents)
        gradients = gradients_by_name(subject, enter(subject.backward, grad, *inputs.arrays, **inputs.options))
        for j, name in enumerate(inputs.names):
            gradient = None if isinstance(gradients, Finding) else gradients.get(name)
            if gradient is not None and truth.native.gradients[0][j] is not None:
                yield _table_of(f"gradient of {name}", gradient, truth.gradient(0, j))

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        """Yield where a formula is printed wrong, how it was refused, and what the right one does."""
        refusals = {finding.context: finding for report in reports for finding in report.refused}
        matches = [not report.findings for report in reports if not report.refused]
        for misprint in self.misprints:
            yield f"printed error: {misprint.name}  {misprint.where}"
            yield f"    as printed  {misprint.printed}: {_refusal(refusals.get(misprint.name))}"
            verdict = "match" if matches and all(matches) else "no match"
            yield f"    correct     {misprint.correct}: {verdict} in {len(matches)} trials"

    def subject(self, trial: Trial, case: Case) -> Subject:
        """Return what a trial judges, for those who want to look at it."""
        from gradtwin.ops.labels import with_margin
        from gradtwin.ops.problem import Problem
        from gradtwin.ops.subject import Manner

        forward, backward = self._functions("forward", "backward")
        margin, inputs = self._margin(), trial.inputs(case.inputs or self.inputs, self.kinks)
        twin = self._twin() if margin is None else with_margin(self._twin(), margin)
        manner = Manner(tuple(self.kinks), _exact(trial), _signed_zeros(trial), decides=margin is not None)
        problem = Problem(forward, backward, twin, inputs, case.options, case.differentiable, manner)
        return problem.subject(trial.dtype, trial.named_conditions)

    def _functions(self, forward: str, backward: str) -> tuple[Any, Any]:
        """Return two functions of the suspect's module, None for the second without a gradient."""
        return (
            load(self.suspect, forward, self.name, "suspect"),
            load(self.suspect, backward, self.name, "suspect") if self.gradient else None,
        )

    def _twin(self) -> Any:
        return load(self.twin, "forward", self.name, "twin")

    def _margin(self) -> Any:
        return load(self.twin, "margin", self.name, "twin") if self.margin else None

    def _arguments(self, trial: Trial, case: Case) -> dict[str, Any]:
        """Return arguments of `check`."""
        return {
            "twin": self._twin(),
            "inputs": trial.inputs(case.inputs or self.inputs, self.kinks),
            "options": case.options,
            "differentiable": case.differentiable,
            "kinks": self.kinks,
            "exact": _exact(trial),
            "signed_zeros": _signed_zeros(trial),
        }


def _exact(trial: Trial) -> bool:
    return trial.family == "kinks"


def _signed_zeros(trial: Trial) -> tuple[str, ...]:
    return () if trial.family in SIGNLESS else ("outputs",)


def _table_of(quantity: str, got: Array, truth: Truth) -> str:
    """Return a table of an array beside the twin's, after as many shadow runs as its verdict rests on."""
    comparison = hold(quantity, got, truth)
    assert comparison is not None  # the shadows of a function have one shape
    return side_by_side(quantity, got, comparison.expectation)


def _refusal(finding: Finding | None) -> str:
    if finding is None:
        return "NOT refused as it must be"
    place = f"[{', '.join(map(str, finding.index))}]" if finding.index else ""
    size = finding.message if finding.ratio is None else f"off by {times(finding.ratio)} the bound"
    cause = "" if finding.cause is None else f"; probably {finding.cause}"
    return f"{finding.verdict} of {finding.quantity}{place}, {size}{cause}"
