"""One training run at one precision, judged in lockstep and running free."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import HANDOVER, JUMP, MOST_UNDECIDED
from gradtwin.core.call import Code, attempt, enter
from gradtwin.core.coverage import GRADIENTS, PARAMETERS, STATE, Coverage, Part
from gradtwin.core.errors import UsageError
from gradtwin.core.guards import SOURCES, Draws, Watch
from gradtwin.core.key import Key, gradient_of
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.training.causes import optimizer_cause
from gradtwin.training.pairing import paired
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.step import Step, StepTruth
from gradtwin.training.subject import Pairing, RandomTwinError, Run
from gradtwin.training.suspect import StepFailedError
from gradtwin.training.twin import TwinFailedError
from gradtwin.training.verdict import Scope, StepVerdict, compare_steps
from gradtwin.training.walk import Start, StateElsewhereError, Walk, in_blocks, start_after

__all__ = ["judge"]

Array = NDArray[Any]


def judge(run: Run) -> Report:
    """Judge a run in all modes, up to one that fails; an optimizer whose state is out of reach runs free only."""
    with _one_thread():
        try:
            run.require_twin()
        except RandomTwinError as error:
            return Report("", (Finding("inconclusive", "training step", f"proves nothing: {error}"),))
        options = run.optimizers.options
        contents = {"its batches": run.problem.batches, "its options": [options.options, options.group_options]}
        watch = Watch(contents, (), libraries=True)
        try:
            with Draws(*SOURCES) as draws:
                report = _in_all_modes(run)
        finally:
            changed = watch.settle()
        # What watched steps change is put back and told at once; this is what others do, and what makes a state.
        impure = (Finding("impure", "training step", f"changes {', '.join(changed)}"),) if changed else ()
        return Report.joined("", [report, Report("", impure, remarks=draws.notes)])


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: the arrays of a training step are small, and threads would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _in_all_modes(run: Run) -> Report:
    if run.out_of_reach:
        return _free_only(run.paired(paired(run)), "the optimizer's state is out of reach: judged running free only")
    pairing = paired(run)
    return Report.joined("", [_in_modes_of(pairing, run.paired(pairing)), Report("", remarks=pairing.remarks)])


def _in_modes_of(pairing: Pairing, run: Run) -> Report:
    """Judge in the modes for which enough of the state is paired."""
    if pairing.obstacles:
        places = ", ".join(pairing.obstacles)
        return _free_only(
            run, f"lockstep not possible: {places} cannot be taken from the twin: judged running free only"
        )
    # The twin goes on from the suspect's state only where that holds all that the twin keeps.
    handovers = ((_taken_over,) if pairing.missing else (_taken_over, _handed_back)) if _first_part(run) else ()
    reports: list[Report] = []
    try:
        # Each only where those before it match: what is wrong in one step is wrong in all that follow.
        for mode in (_lockstep, _free_run, *handovers):
            if all(report.ok for report in reports):
                reports.append(_guarded(mode, run))
    except StateElsewhereError as error:  # an error of ours, which no mode takes for the suspect's
        return _free_only(run, f"{error}: judged running free only")
    return Report.joined("", reports)


def _free_only(run: Run, note: str) -> Report:
    if run.problem.late is not None:
        unreached = Finding(
            "inconclusive", "training step", "proves nothing: the twin cannot be brought to a late time"
        )
        return Report("", (unreached,), remarks=(note,))
    return Report.joined("", [_guarded(_free_alone, run), Report("", remarks=(note,))])


def _guarded(mode: Callable[[Run], Report], run: Run) -> Report:
    try:
        outcome = attempt("training step", mode, run)
    except StepFailedError as failed:
        return Report("", (failed.finding,))
    except TwinFailedError as failed:
        return _without_twin(run, failed)
    return Report("", outcome.findings) if outcome.findings else outcome.value


def _without_twin(run: Run, failed: TwinFailedError) -> Report:
    """Return what is to be said where the twin raises: it is never the suspect's fault."""
    numerics, p = failed.numerics, run.precision.name
    # The noise first: a twin that runs without it was called rightly.
    if numerics.shadow is not None:
        message = f"proves nothing: the twin runs, but not with the noise that tells rounding: {failed}"
        return Report("", (Finding("inconclusive", "training step", message),))
    if numerics.exact_scalars or run.asked:
        raise UsageError(f"Expected the twin to take every step in {numerics.dtype}; it raised {failed}") from failed
    return Report("", remarks=(f"not judged in {p}, in which the twin raises {failed}",))


def _first_part(run: Run) -> int:
    """Return after how many steps a run is handed over, 0 for one that is too short or judged at a late time."""
    return 0 if run.problem.late is not None else min(HANDOVER, len(run.problem.batches) // 2)


def _verdicts(walk: Walk, steps: Iterator[Step]) -> Iterator[tuple[StepTruth, Snapshot, StepVerdict]]:
    """Yield, step by step, what the twin says, what the suspect has, and the verdict."""
    scope = Scope(gradients=walk.run.problem.value_and_grad is not None, state=walk.run.pairing.kept)
    for block in in_blocks(steps, walk.most):
        for (truth, own), verdict in zip(block, compare_steps(block, scope), strict=True):
            yield truth, own, verdict


def _lockstep(run: Run) -> Report:
    """Start every step from the twin's parameters and state, and compare all that one step makes of them."""
    walk = Walk(run, Start(run.start), len(run.problem.batches))
    coverage = _Coverage(run.asked)
    reports: list[Report] = []
    for truth, own, verdict in _verdicts(walk, walk.in_lockstep()):
        findings = (*walk.suspect.findings, *verdict.report.findings)
        if findings:
            coverage.take_types(verdict, truth.step)
            last = _with_cause(replace(verdict.report, findings=findings), walk, truth, own)
            return Report.joined("", [*reports, last, coverage.types()]).within("lockstep")
        reports.append(verdict.report)
        coverage.add(verdict, truth.after)
    return Report.joined("", [*reports, coverage.report()]).within("lockstep")


@dataclass
class _Coverage:
    """What the steps of a run in lockstep prove: one is needed for every parameter, a comparison for all else."""

    asked: bool
    proven: set[Key] = field(default_factory=set)
    parameters: dict[Key, None] = field(default_factory=dict)
    quantities: dict[Key, None] = field(default_factory=dict)
    comparisons: set[Key] = field(default_factory=set)
    widened: dict[Key, tuple[str, int]] = field(default_factory=dict)
    steps: int = 0
    undecided: int = 0

    def add(self, verdict: StepVerdict, after: Snapshot) -> None:
        """Take in a step that matches."""
        self.proven |= verdict.proven
        self.quantities |= dict.fromkeys([*verdict.judged, *verdict.unjudged])
        self.comparisons |= verdict.judged
        # A parameter whose gradient is zero at every step need not move, and no altered update would differ.
        parameters = [key for key in after if key.role == "parameter" and np.any(after.get(gradient_of(key.owner), 0))]
        self.parameters |= dict.fromkeys(parameters)
        self.take_types(verdict, self.steps)
        self.steps += 1
        self.undecided += verdict.undecided

    def take_types(self, verdict: StepVerdict, step: int) -> None:
        """Take in which quantities of a step are of another type."""
        # What came first stays: a report names the first step.
        self.widened = {**{key: (message, step) for key, message in verdict.widened.items()}, **self.widened}

    def report(self) -> Report:
        """Return a finding for everything that the steps have not proven."""
        unproven = "proves nothing: at no step would the bound refuse all altered updates, none and twice among them"
        unjudged = "proves nothing: at every step rounding decides its shape, or all of its digits"
        findings = [Finding("inconclusive", str(key), unproven) for key in self.parameters if key not in self.proven]
        names = sorted(str(k) for k in self.quantities if k not in self.comparisons and k.role != "parameter")
        findings += [Finding("inconclusive", name, unjudged) for name in names]
        count = f"rounding decides the number of inner iterations at {self.undecided} of {self.steps} steps"
        if self.undecided > MOST_UNDECIDED * self.steps:
            findings.append(Finding("inconclusive", "training step", f"proves nothing: {count}"))
        note = f"{count}: the suspect took another number than the twin, and is held against what either makes"
        decided = Report("", tuple(findings), remarks=(note,) if self.undecided else (), coverage=self._covered())
        return Report.joined("", [decided, self.types()])

    def _covered(self) -> Coverage:
        """Return the parameters of which a wrong update would have been refused, and what else was compared."""
        parts = [Part(PARAMETERS, key.owner) for key in self.parameters if key in self.proven]
        compared = sorted(self.comparisons, key=str)
        parts += [Part(GRADIENTS, key.owner) for key in compared if key.role == "gradient"]
        parts += [Part(STATE, key.quantity) for key in compared if key.role == "state"]
        return Coverage(tuple(dict.fromkeys(parts)))

    def types(self) -> Report:
        """Return what is of another type: a finding where the user asked for the precision, else a note if wider.

        Wider state is a note in any case: how finely an optimizer remembers is its own affair.
        """
        findings, notes = [], []
        for key, (message, step) in self.widened.items():
            is_asked = self.asked and key.role != "state"
            if is_asked or not message.startswith("has dtype float64"):
                findings.append(Finding("structure", str(key), message, step=step))
            else:
                notes.append(f"{key} {message}")
        return Report("", tuple(findings), remarks=tuple(notes))


def _free_alone(run: Run) -> Report:
    """Let both run alone where nothing else is judged, so that this has to prove what there is to prove."""
    return _free_run(run, proves=True)


def _free_run(run: Run, *, proves: bool = False) -> Report:
    """Let both run alone, and compare until the spread of the shadow runs swallows the training itself."""
    late = run.problem.late is not None
    start = start_after(run, run.truth(), JUMP) if late else Start(run.start)
    walk, name = Walk(run, start, len(run.problem.batches)), run.precision.name
    report, horizon = _compare_freely(walk, proves=proves)
    tally = Tally(horizons={name: horizon})
    metric = run.problem.metric
    if metric is not None and not report.findings:
        ours, theirs = (_rated(metric, [s[key].astype(np.float64) for key in run.start]) for s in walk.ends())
        tally = replace(tally, metrics={f"{name} {getattr(metric, '__name__', 'metric')}": (ours, theirs)})
    figures = [] if report.findings else [Report("", tally=tally)]
    return Report.joined("", [report, *figures]).within("free run")


def _rated(metric: Code, params: list[Array]) -> float:
    try:
        return float(enter(metric, params))
    except Exception as error:  # the user's own function may raise anything
        raise UsageError(
            f"Expected metric to rate a list of {len(params)} arrays; it raised {type(error).__name__}: {error}"
        ) from error


def _taken_over(run: Run) -> Report:
    """Let the suspect go on from the twin's state after some steps."""
    start = start_after(run, run.truth(), _first_part(run))
    return _compare_freely(Walk(run, start, 2 * start.step))[0].within("taken over from the twin")


def _handed_back(run: Run) -> Report:
    """Let the twin go on, through `load_state_dict`, from the suspect's state after some steps."""
    start = replace(start_after(run, run.suspect(), _first_part(run)), through_state_dict=True)
    return _compare_freely(Walk(run, start, 2 * start.step))[0].within("handed to the twin")


def _compare_freely(walk: Walk, *, proves: bool = False) -> tuple[Report, int | None]:
    """Compare up to the first step that differs, or that proves nothing; return that one, the horizon, as well.

    With `proves`, a parameter that no step has proven is a finding.
    """
    reports: list[Report] = []
    coverage, before = _Coverage(walk.run.asked), walk.start.snapshot
    horizon: int | None = None
    for truth, own, verdict in _verdicts(walk, walk.alone()):
        coverage.take_types(verdict, truth.step)
        if verdict.report.verdict == "inconclusive":
            horizon = truth.step
            break
        reports.append(_with_cause(verdict.report, walk, replace(truth, origin=before), own))
        if verdict.report.findings:
            break
        coverage.add(verdict, truth.after)
        before = truth.after
    is_proof = proves and coverage.steps and not any(report.findings for report in reports)
    covered = coverage.report() if is_proof else coverage.types()
    return Report.joined("", [*reports, *_of_conduct(walk), covered]), horizon


def _with_cause(report: Report, walk: Walk, truth: StepTruth, own: Snapshot) -> Report:
    """Return a report on a step with the slip that explains what differs in it, if one is known."""
    if not report.findings:
        return report
    cause = optimizer_cause(walk.truth.optimizer, walk.run.optimizers.options, truth, own)
    return replace(report, findings=tuple(replace(f, cause=cause or f.cause) for f in report.findings))


def _of_conduct(walk: Walk) -> list[Report]:
    """Return a report on what the suspect did besides stepping."""
    return [Report("", tuple(walk.suspect.findings))] if walk.suspect.findings else []
