"""One training run at one precision, judged in lockstep and running free."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import HANDOVER, JUMP
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.training.causes import optimizer_cause
from gradtwin.training.snapshot import Batch, Snapshot, gradient_of, jumped, rounded
from gradtwin.training.step import StepTruth, compare_step, spreads
from gradtwin.training.subject import Sides
from gradtwin.training.suspect import StepFailedError, Suspect
from gradtwin.training.twin import TwinSide

__all__ = ["Run"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Run:
    """A suspect's training step beside torch's.

    Parameters
    ----------
    sides : Sides
        Those who take part.
    metric : callable, optional
        Rates the parameters at the end of the free run.
    late : int, optional
        What the step counters jump to.
    """

    sides: Sides
    metric: Callable[[Sequence[Array]], float] | None
    late: int | None = None

    def judge(self) -> Report:
        """Judge all modes, up to one that fails; an optimizer whose state is out of reach runs free only."""
        self.sides.require_twin()
        if self.sides.out_of_reach:
            note = "the optimizer's state is out of reach: judged running free only"
            return Report.joined("", [self._guarded(self.free_run), Report("", notes=(note,))])
        done: list[Report] = []
        handovers = (self.taken_over, self.handed_back) if self._first_part else ()
        for mode in (self.lockstep, self.free_run, *handovers):
            if all(report.ok for report in done):
                done.append(self._guarded(mode))
        return Report.joined("", done)

    def _guarded(self, mode: Callable[[], Report]) -> Report:
        try:
            return mode()
        except UsageError:
            raise
        except StepFailedError as failed:
            return Report("", (failed.finding,))
        except Exception as error:  # the suspect may raise anything, and that is its answer
            return Report("", (Finding("crash", "training step", f"raises {type(error).__name__}: {error}"),))

    def _compare(self, own: Snapshot, truth: StepTruth) -> tuple[Report, set[str], set[str]]:
        params, p = tuple(self.sides.params), self.sides.precision
        given = () if self.sides.value_and_grad is not None else tuple(map(gradient_of, params))
        report, proven, unjudged = compare_step(own, truth, params, p, skip=given, whole=not self.sides.out_of_reach)
        return replace(report, tally=replace(report.tally, steps=1)), proven, unjudged

    def lockstep(self) -> Report:
        """Start every step from the twin's parameters and state, and compare all that one step makes of them."""
        p, start = self.sides.precision, self.sides.start
        truth, native, suspect = self.sides.twin(), self.sides.native(), self.sides.suspect()
        shadows, again, done = self.sides.first_look(), self.sides.second_look(), []
        centre = self.sides.centre() if self.sides.method.variant else truth
        proven: set[str] = set()
        pulled: set[str] = set()
        unjudged: set[str] | None = None
        for t, batch in enumerate(self.sides.batches):
            for side in (truth, centre, native, *shadows):
                side.load(start)
            suspect.load(start)
            after = truth.step(batch)
            middle = after if centre is truth else centre.step(batch)
            spread = spreads(middle, [s.step(batch) for s in shadows])

            closer = _Once(functools.partial(_step_spreads, again, start, middle, batch))
            own = suspect.step(batch)
            truth_now = StepTruth(t, after, native.step(batch), spread, closer, start)
            report, refused, missed = self._compare(own, truth_now)
            report = replace(report, findings=(*suspect.findings, *report.findings))
            done.append(report)
            if report.findings:
                kind = type(truth.optimizer).__name__
                cause = optimizer_cause(kind, self.sides.method, t, start, after, own, tuple(self.sides.params), p)
                named = tuple(replace(f, cause=cause or f.cause) for f in report.findings)
                done[-1] = replace(report, findings=named)
                break
            proven |= refused
            unjudged = missed if unjudged is None else unjudged & missed
            pulled |= {q for q in self.sides.params if np.any(after.get(gradient_of(q), 0))}
            start = self._onwards(t, after)
        else:
            done += [_unproven(q) for q in self.sides.params if q in pulled - proven]
            done += [_unjudged(q) for q in sorted((unjudged or set()) - set(self.sides.params))]
        return Report.joined("", done).within("lockstep")

    def _onwards(self, t: int, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot to start the next step from: as the precision can hold it, at a late time if asked."""
        held = rounded(snapshot, self.sides.precision)
        return held if self.late is None or t != JUMP else jumped(held, self.late)

    def free_run(self) -> Report:
        """Let both run alone, and compare until the spread of the shadow runs swallows the training itself."""
        start = _Start() if self.late is None else self._met(self.sides.twin(), JUMP, self.late)
        return self._free(start, len(self.sides.batches), to_the_end=True).within("free run")

    def taken_over(self) -> Report:
        """Let the suspect go on from the twin's state after some steps."""
        start = self._met(self.sides.twin(), self._first_part)
        return self._free(start, 2 * self._first_part).within("taken over from the twin")

    def handed_back(self) -> Report:
        """Let the twin go on, through `load_state_dict`, from the suspect's state after some steps."""
        start = replace(self._met(self.sides.suspect(), self._first_part), through_state_dict=True)
        return self._free(start, 2 * self._first_part).within("handed to the twin")

    @property
    def _first_part(self) -> int:
        return 0 if self.late is not None else min(HANDOVER, len(self.sides.batches) // 2)

    def _met(self, giver: TwinSide | Suspect, t: int, counter: int | None = None) -> _Start:
        """Let one side take t steps, and return where the others are to begin."""
        snapshot = self.sides.start
        for batch in self.sides.batches[:t]:
            snapshot = rounded(giver.step(batch), self.sides.precision)
        return _Start(t, snapshot if counter is None else jumped(snapshot, counter))

    def _free(self, start: _Start, last: int, *, to_the_end: bool = False) -> Report:
        """Let both run alone from a start to a last step; the report holds horizon and metric if that is the end."""
        p = self.sides.precision
        truth, native, suspect = map(start.begun, (self.sides.twin(), self.sides.native(), self.sides.suspect()))
        shadows = [start.begun(side) for side in self.sides.first_look()]
        centre = start.begun(self.sides.centre()) if self.sides.method.variant else truth
        wider, done, origin = _Wider(self._wider_spreads(start, last)), [], start.snapshot or self.sides.start
        horizon, reach = None, {q: np.zeros_like(self.sides.start[q]) for q in self.sides.params}
        own: Snapshot = {}
        twins: Snapshot = {}
        for t, batch in enumerate(self.sides.batches[start.t : last], start.t):
            own, twins = suspect.step(batch), native.step(batch)
            if horizon is not None:
                continue
            after = truth.step(batch)
            middle = after if centre is truth else centre.step(batch)
            spread = spreads(middle, [s.step(batch) for s in shadows])

            def closer(q: str, i: int = t - start.t) -> Array | None:
                return wider.at(i).get(q)

            reach = {q: np.maximum(reach[q], np.abs(after[q] - origin[q])) for q in self.sides.params}
            report, _, _ = self._compare(own, StepTruth(t, after, twins, spread, closer, origin, reach))
            if report.verdict == "void":
                horizon = t
                continue
            done.append(report)
            if report.findings:
                return Report.joined("", done)
        if not to_the_end:
            return Report.joined("", done)
        metrics = {}
        if self.metric is not None:
            ours, theirs = (self.metric([s[n].astype(np.float64) for n in self.sides.params]) for s in (own, twins))
            metrics = {f"{p.name} {getattr(self.metric, '__name__', 'metric')}": (ours, theirs)}
        return Report.joined("", [*done, Report("", tally=Tally(horizons={p.name: horizon}, metrics=metrics))])

    def _wider_spreads(self, start: _Start, last: int) -> Iterator[dict[str, Array]]:
        """Yield, step by step, the spread of further free shadow runs."""
        centre, shadows = start.begun(self.sides.centre()), [start.begun(side) for side in self.sides.second_look()]
        for batch in self.sides.batches[start.t : last]:
            yield spreads(centre.step(batch), [s.step(batch) for s in shadows])


@dataclass(frozen=True)
class _Start:
    """Where a free run begins: at which step, from what if not from its own first step, and how torch is told."""

    t: int = 0
    snapshot: Snapshot | None = None
    through_state_dict: bool = False

    def begun(self, side: Any) -> Any:
        """Return a side of the run, brought to the start."""
        side.steps = self.t
        if self.snapshot is not None:
            load = side.resume if self.through_state_dict and isinstance(side, TwinSide) else side.load
            load(self.snapshot)
        return side


def _unproven(parameter: str) -> Report:
    message = "proves nothing: at no step would the bound refuse all altered updates, none and twice among them"
    return Report("", (Finding("void", parameter, message),))


def _unjudged(quantity: str) -> Report:
    message = "proves nothing: at every step rounding decides its shape, or all of its digits"
    return Report("", (Finding("void", quantity, message),))


def _step_spreads(sides: Sequence[TwinSide], start: Snapshot, after: Snapshot, batch: Batch) -> dict[str, Array]:
    for side in sides:
        side.load(start)
    return spreads(after, [side.step(batch) for side in sides])


class _Once:
    """The spread of a quantity out of a second look at one step, taken when it is first asked for."""

    def __init__(self, look: Callable[[], dict[str, Array]]) -> None:
        self.look = functools.cache(look)

    def __call__(self, quantity: str) -> Array | None:
        return self.look().get(quantity)


class _Wider:
    """The spreads of a second look at a free run, made only as far as somebody asks."""

    def __init__(self, source: Iterator[dict[str, Array]]) -> None:
        self.source = source
        self.seen = -1
        self.last: dict[str, Array] = {}

    def at(self, t: int) -> dict[str, Array]:
        """Return the spreads at step t; steps are asked for in order."""
        while self.seen < t:
            self.last, self.seen = next(self.source), self.seen + 1
        return self.last
