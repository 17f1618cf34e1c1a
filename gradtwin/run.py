"""One training run at one precision, judged in lockstep and running free."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.bound import K, Precision
from gradtwin.causes import optimizer_cause
from gradtwin.errors import UsageError
from gradtwin.noise_torch import TorchShadow
from gradtwin.report import Finding, Report, Tally
from gradtwin.snapshot import Batch, Snapshot, gradient_of, rounded
from gradtwin.steps import StepTruth, compare_step, spreads
from gradtwin.suspect_side import ClassSuspect, FunctionalSuspect, StepFailedError, Suspect
from gradtwin.twin import FIRST_LOOK, SECOND_LOOK
from gradtwin.twin_side import TwinSide, elementwise

__all__ = ["Run"]

Array = NDArray[Any]
STACKED_LOOK = 8
"""Shadow runs behind every bound where they share one pass."""


@dataclass(frozen=True)
class Run:
    """A suspect's training step beside torch's; the fields are the arguments of `gradtwin.check_training`."""

    value_and_grad: Callable[..., Any] | None
    optimizer: Any
    loss: Callable[..., Any] | None
    twin_optimizer: Callable[..., Any]
    params: dict[str, Array]
    batches: Sequence[Batch]
    options: dict[str, Any]
    metric: Callable[[Sequence[Array]], float] | None
    state_names: dict[str, str]
    precision: Precision
    device: str
    seed: int

    def judge(self) -> Report:
        """Judge both modes; an optimizer whose state is out of reach runs free only."""
        self._require_twin()
        if isinstance(self._suspect(), ClassSuspect):
            note = "the optimizer's state is out of reach: judged running free only"
            return Report.joined("", [self._guarded(self.free_run), Report("", notes=(note,))])
        lockstep = self._guarded(self.lockstep)
        return Report.joined("", [lockstep, self._guarded(self.free_run)]) if lockstep.ok else lockstep

    def _require_twin(self) -> None:
        """Take one step of the twin, so that what it refuses is not taken for the suspect's doing."""
        try:
            self._twin().step(self.batches[0])
        except Exception as error:  # whatever the twin raises, the call was wrong
            raise UsageError(
                f"Expected twin and twin_optimizer to take the parameters {', '.join(self.params)}, the batches and "
                f"options {sorted(self.options)}; got {type(error).__name__}: {error}"
            ) from error

    def _guarded(self, mode: Callable[[], Report]) -> Report:
        try:
            return mode()
        except UsageError:
            raise
        except StepFailedError as failed:
            return Report("", (failed.finding,))
        except Exception as error:  # the suspect may raise anything, and that is its answer
            return Report("", (Finding("crash", "training step", f"raises {type(error).__name__}: {error}"),))

    def _suspect(self) -> Suspect:
        params = {n: x.copy() for n, x in self.params.items()}
        init, update = getattr(self.optimizer, "init", None), getattr(self.optimizer, "step", None)
        if callable(init) and callable(update):
            return FunctionalSuspect(self.value_and_grad, init, update, self.options, params, self.state_names)
        if callable(self.optimizer):
            return ClassSuspect(self.value_and_grad, self.optimizer, self.options, params)
        raise UsageError(
            "Expected optimizer to have init and step, or to be a factory of objects with .step(params, grads); "
            f"got {type(self.optimizer).__name__} {self.optimizer!r}."
        )

    def _twin(self) -> TwinSide:
        return TwinSide(self.loss, self.twin_optimizer, self.options, self.params, "float64")

    def _native(self) -> TwinSide:
        """Return the twin as it is used: at the precision under test, with scalars of torch's default type."""
        parts = (self.loss, self.twin_optimizer, self.options, self.params, self.precision.name, self.device)
        return TwinSide(*parts, exact_scalars=False)

    @cached_property
    def _stackable(self) -> bool:
        """Whether shadow runs can share one pass: the optimizer is elementwise and the loss can be vectorised."""
        if not elementwise(self.twin_optimizer, self.options):
            return False
        try:
            self._stacked(2, self.seed).step(self.batches[0])
        except Exception:  # a loss that branches on values cannot be vectorised
            return False
        return True

    def _stacked(self, runs: int, seed: int) -> TwinSide:
        parts = (self.loss, self.twin_optimizer, self.options, self.params, "float64", "cpu")
        return TwinSide(*parts, self._noise(seed), copies=runs)

    def _noise(self, seed: int) -> TorchShadow:
        return TorchShadow(K * self.precision.unit, K * self.precision.eta, seed)

    def _shadows(self, runs: int, seed: int) -> list[TwinSide]:
        """Return sides that make that many shadow runs, all in one where that can be done."""
        if self._stackable:
            return [self._stacked(runs, seed)]
        parts = (self.loss, self.twin_optimizer, self.options, self.params, "float64", "cpu")
        return [TwinSide(*parts, self._noise(seed + i)) for i in range(runs)]

    def _first_look(self) -> list[TwinSide]:
        return self._shadows(STACKED_LOOK if self._stackable else FIRST_LOOK, self.seed)

    def _second_look(self) -> list[TwinSide]:
        return self._shadows(SECOND_LOOK, self.seed + SECOND_LOOK)

    @cached_property
    def _start(self) -> Snapshot:
        return {n: x.astype(np.float64) for n, x in self.params.items()}

    def _compare(self, own: Snapshot, truth: StepTruth, suspect: Suspect) -> tuple[Report, set[str]]:
        given = () if self.value_and_grad is not None else tuple(map(gradient_of, self.params))
        whole = isinstance(suspect, FunctionalSuspect)
        report, proven = compare_step(own, truth, tuple(self.params), self.precision, skip=given, whole=whole)
        return replace(report, tally=replace(report.tally, steps=1)), proven

    def lockstep(self) -> Report:
        """Start every step from the twin's parameters and state, and compare all that one step makes of them."""
        p, start = self.precision, self._start
        truth, native, suspect = self._twin(), self._native(), self._suspect()
        shadows, again, done = self._first_look(), self._second_look(), []
        proven: set[str] = set()
        pulled: set[str] = set()
        for t, batch in enumerate(self.batches):
            for side in (truth, native, *shadows):
                side.load(start)
            suspect.load(start)
            after = truth.step(batch)
            spread = spreads(after, [s.step(batch) for s in shadows])

            closer = _Once(functools.partial(_step_spreads, again, start, after, batch))
            own = suspect.step(batch)
            truth_now = StepTruth(t, after, native.step(batch), spread, closer, start)
            report, refused = self._compare(own, truth_now, suspect)
            report = replace(report, findings=(*suspect.findings, *report.findings))
            done.append(report)
            if not report.ok:
                cause = optimizer_cause(self.twin_optimizer, self.options, start, after, own, tuple(self.params), p)
                named = tuple(replace(f, cause=cause or f.cause) for f in report.findings)
                done[-1] = replace(report, findings=named)
                break
            proven |= refused
            pulled |= {q for q in self.params if np.any(after[gradient_of(q)])}
            start = rounded(after, p)
        else:
            done += [_unproven(q) for q in self.params if q in pulled - proven]
        return Report.joined("", done).within("lockstep")

    def free_run(self) -> Report:
        """Let both run alone, and compare until the spread of the shadow runs swallows the training itself."""
        p = self.precision
        truth, native, suspect = self._twin(), self._native(), self._suspect()
        shadows, wider, done = self._first_look(), _Wider(self._wider_spreads()), []
        horizon, reach = None, {q: np.zeros_like(x) for q, x in self._start.items()}
        own: Snapshot = {}
        twins: Snapshot = {}
        for t, batch in enumerate(self.batches):
            own, twins = suspect.step(batch), native.step(batch)
            if horizon is not None:
                continue
            after = truth.step(batch)
            spread = spreads(after, [s.step(batch) for s in shadows])

            def closer(q: str, t: int = t) -> Array:
                return wider.at(t)[q]

            reach = {q: np.maximum(reach[q], np.abs(after[q] - x)) for q, x in self._start.items()}
            truth_now = StepTruth(t, after, twins, spread, closer, self._start, reach)
            report, _ = self._compare(own, truth_now, suspect)
            if report.verdict == "void":
                horizon = t
                continue
            done.append(report)
            if not report.ok:
                return Report.joined("", done).within("free run")
        metrics = {}
        if self.metric is not None:
            ours, theirs = (self.metric([s[n].astype(np.float64) for n in self.params]) for s in (own, twins))
            metrics = {f"{p.name} {getattr(self.metric, '__name__', 'metric')}": (ours, theirs)}
        return Report.joined("", [*done, Report("", tally=Tally(horizons={p.name: horizon}, metrics=metrics))])

    def _wider_spreads(self) -> Iterator[dict[str, Array]]:
        """Yield, step by step, the spread of further free shadow runs."""
        truth, shadows = self._twin(), self._second_look()
        for batch in self.batches:
            yield spreads(truth.step(batch), [s.step(batch) for s in shadows])


def _unproven(parameter: str) -> Report:
    message = "proves nothing: at no step would the bound refuse all altered updates, none and twice among them"
    return Report("", (Finding("void", parameter, message),))


def _step_spreads(sides: Sequence[TwinSide], start: Snapshot, after: Snapshot, batch: Batch) -> dict[str, Array]:
    for side in sides:
        side.load(start)
    return spreads(after, [side.step(batch) for side in sides])


class _Once:
    """The spread of a quantity out of a second look at one step, taken when it is first asked for."""

    def __init__(self, look: Callable[[], dict[str, Array]]) -> None:
        self.look = functools.cache(look)

    def __call__(self, quantity: str) -> Array:
        return self.look()[quantity]


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
