"""Judging optimizers and training runs: in lockstep, where the check never loses its edge, and running free."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.bound import K, Precision, precision
from gradtwin.causes import cause_of, optimizer_cause
from gradtwin.compare import Expectation, compare, ratios, slipping_controls
from gradtwin.errors import UsageError
from gradtwin.noise_torch import TorchShadow
from gradtwin.op import seed_from
from gradtwin.report import Finding, Report, Tally
from gradtwin.sides import COUNTER, ClassSuspect, FunctionalSuspect, Snapshot, Suspect, TwinSide, elementwise, gradient_of
from gradtwin.twin import FIRST_LOOK, SECOND_LOOK, check_device, spread_of

__all__ = ["check_optimizer", "check_training"]

Array = NDArray[Any]
STACKED_LOOK = 8
"""Shadow runs behind every bound where they share one pass."""
DEFAULT_SHAPES: dict[str, tuple[int, ...]] = {"weight": (3, 4), "bias": (5,), "scale": ()}


def check_optimizer(
    optimizer: Any,
    *,
    twin: Callable[..., Any],
    options: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    gradients: Callable[[np.random.Generator, int, tuple[int, ...]], Array] | None = None,
    steps: int = 20,
    state_names: Mapping[str, str] | None = None,
    dtypes: Sequence[str] = ("float64", "float32"),
    device: str = "cpu",
    seed: int = 0,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge an optimizer against one of `torch.optim` on given gradients, in lockstep and running free.

    Parameters
    ----------
    optimizer : module, object or callable
        Has ``init(param, **options) -> State`` (a NamedTuple) and ``step(param, grad, state, **options) ->
        (param, state)``; or is a factory ``optimizer(**options)`` of objects with ``.step(params, grads)``, which
        can only run free, since their state is out of reach.
    twin : callable
        A class of `torch.optim`.
    options : mapping, optional
        Options of both.
    params : mapping, optional
        Initial parameters by name; by default a matrix, a vector and a scalar.
    gradients : callable, optional
        ``gradients(rng, step, shape)`` returns the gradient of one parameter; by default normal, with a scale of its
        own for each element between 1e-3 and 1e3.
    steps : int
        Number of steps.
    state_names : mapping, optional
        Names of the optimizer's state fields to the twin's, where they differ.
    dtypes, device, seed, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        Names the first step and the quantity that differ.

    Raises
    ------
    UsageError, DeviceMissingError
        As for `gradtwin.check`.
    """
    title = name or _title(optimizer)
    rng = np.random.default_rng(seed_from(title, seed))
    start = dict(params) if params is not None else {n: rng.standard_normal(s) for n, s in DEFAULT_SHAPES.items()}
    draw = gradients or _scaled_normal

    batches = [tuple(draw(rng, t, np.shape(p)) for p in start.values()) for t in range(steps)]
    return check_training(
        None,
        optimizer,
        twin=None,
        twin_optimizer=twin,
        params=start,
        batches=batches,
        options=options,
        state_names=state_names,
        dtypes=dtypes,
        device=device,
        seed=seed,
        name=title,
        command=command,
    )


def _scaled_normal(rng: np.random.Generator, step: int, shape: tuple[int, ...]) -> Array:
    scale = 10.0 ** np.random.default_rng(len(shape)).uniform(-3, 3, shape)
    return np.asarray(rng.standard_normal(shape) * scale)


def check_training(
    value_and_grad: Callable[..., Any] | None,
    optimizer: Any,
    *,
    twin: Callable[..., Any] | None,
    twin_optimizer: Callable[..., Any],
    params: Mapping[str, Any],
    batches: Sequence[Sequence[Any]],
    options: Mapping[str, Any] | None = None,
    metric: Callable[[Sequence[Array]], float] | None = None,
    state_names: Mapping[str, str] | None = None,
    dtypes: Sequence[str] = ("float64", "float32"),
    device: str = "cpu",
    seed: int = 0,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge a hand-written training step against torch's, in lockstep and running free.

    Parameters
    ----------
    value_and_grad : callable, or None
        ``value_and_grad(params, *batch)`` returns the loss (or None) and the gradients of the list `params`. None, here
        and for `twin`, where each batch holds the gradients themselves.
    optimizer : module, object or callable
        As for `check_optimizer`.
    twin : callable, or None
        ``twin(params, *batch)`` returns the loss as a scalar tensor.
    twin_optimizer : callable
        A class of `torch.optim`.
    params : mapping
        Initial parameters by name.
    batches : sequence of sequences
        The arrays of each step; one step for each.
    options : mapping, optional
        Options of both optimizers.
    metric : callable
        ``metric(params)`` rates the parameters at the end of the free run; reported for both sides.
    state_names : mapping, optional
        Names of the optimizer's state fields to the twin's, where they differ.
    dtypes, device, seed, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        Names the first step and the quantity that differ, and the horizon of each free run.

    Raises
    ------
    UsageError, DeviceMissingError
        As for `gradtwin.check`.
    """
    for argument, value in (("value_and_grad", value_and_grad), ("twin", twin), ("twin_optimizer", twin_optimizer)):
        given = value is None and value_and_grad is twin
        if not callable(value) and not (given and argument != "twin_optimizer"):
            raise UsageError(f"Expected {argument} to be callable; got {type(value).__name__} {value!r}.")
    if not batches:
        raise UsageError("Expected batches to hold at least one step; got none.")
    for n, x in params.items():
        if np.asarray(x).dtype.kind != "f":
            raise UsageError(f"Expected params[{n!r}] to be floating; got dtype {np.asarray(x).dtype}.")
    check_device(device)
    title = name or _title(optimizer)
    reports = []
    for dtype in dtypes:
        run = _Run(
            value_and_grad,
            optimizer,
            twin,
            twin_optimizer,
            {n: np.asarray(x, dtype) for n, x in params.items()},
            [tuple(_rounded(x, dtype) for x in batch) for batch in batches],
            dict(options or {}),
            metric,
            dict(state_names or {}),
            precision(dtype),
            device,
            seed_from(f"{title}/{dtype}", seed),
        )
        with _one_thread():
            reports.append(run.judge().within(dtype))
    return Report.joined(title, reports, command)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Keep torch to one thread: the arrays of a training step are small, and threads would wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _title(optimizer: Any) -> str:
    return str(getattr(optimizer, "__name__", type(optimizer).__name__))


def _rounded(x: Any, dtype: str) -> Any:
    array = np.asarray(x)
    return array.astype(dtype) if array.dtype.kind == "f" else array


@dataclass(frozen=True)
class _Run:
    """One training run at one precision."""

    value_and_grad: Callable[..., Any] | None
    optimizer: Any
    loss: Callable[..., Any] | None
    twin_optimizer: Callable[..., Any]
    params: dict[str, Array]
    batches: Sequence[tuple[Any, ...]]
    options: dict[str, Any]
    metric: Callable[[Sequence[Array]], float] | None
    state_names: dict[str, str]
    p: Precision
    device: str
    seed: int

    def judge(self) -> Report:
        """Judge both modes; an optimizer whose state is out of reach runs free only."""
        if isinstance(self._suspect(), ClassSuspect):
            note = "the optimizer's state is out of reach: judged running free only"
            return Report.joined("", [self._guarded(self.free_run), Report("", notes=(note,))])
        lockstep = self._guarded(self.lockstep)
        return Report.joined("", [lockstep, *([self._guarded(self.free_run)] if lockstep.ok else [])])

    def _guarded(self, mode: Callable[[], Report]) -> Report:
        try:
            return mode()
        except UsageError:
            raise
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

    def _twin(self, dtype: str = "float64", device: str = "cpu") -> TwinSide:
        return TwinSide(self.loss, self.twin_optimizer, self.options, self.params, dtype, device)

    @property
    def _first_look(self) -> int:
        return STACKED_LOOK if self._stackable else FIRST_LOOK

    @cached_property
    def _stackable(self) -> bool:
        """Whether shadow runs can share one pass: the optimizer is elementwise and the loss can be vectorised."""
        if not elementwise(self.twin_optimizer, self.options):
            return False
        try:
            self._shadows(2, self.seed, stack=True)[0].step(self.batches[0], 0)
        except Exception:  # a loss that branches on values cannot be vectorised
            return False
        return True

    def _shadows(self, runs: int, seed: int, *, stack: bool | None = None) -> list[TwinSide]:
        """Return sides that make that many shadow runs, all in one where that can be done."""
        noise = [TorchShadow(K * self.p.unit, K * self.p.eta, seed + i) for i in range(runs)]
        parts = (self.loss, self.twin_optimizer, self.options, self.params, "float64", "cpu")
        if self._stackable if stack is None else stack:
            return [TwinSide(*parts, noise[0], copies=runs)]
        return [TwinSide(*parts, n) for n in noise]

    def lockstep(self) -> Report:
        """Start every step from the twin's parameters and state, and compare all that one step makes of them."""
        truth, native, suspect = self._twin(), self._twin(self.p.name, self.device), self._suspect()
        shadows = self._shadows(self._first_look, self.seed)
        start: Snapshot = {n: x.astype(np.float64) for n, x in self.params.items()}
        again: list[TwinSide] | None = None
        tally, notes = Tally(), []
        for t, batch in enumerate(self.batches):
            for side in (truth, native, suspect, *shadows):
                side.load(start, t)
            after = truth.step(batch, t)
            spreads = _spreads(after, [s.step(batch, t) for s in shadows])

            def more(q: str, start: Snapshot = start, after: Snapshot = after, batch: Any = batch, t: int = t) -> Array:
                nonlocal again
                again = again or self._shadows(SECOND_LOOK, self.seed + SECOND_LOOK)
                for side in again:
                    if t and not side.steps:
                        side.step(batch, t)  # state appears with the first step
                    side.load(start, t)
                return _spreads(after, [side.step(batch, t) for side in again])[q]

            own, twins = suspect.step(batch, t), native.step(batch, t)
            report = self._compare(own, after, twins, spreads, more, start, t, True)
            tally += replace(report.tally, steps=1)
            notes += report.notes
            if not report.ok or suspect.findings:
                cause = optimizer_cause(self.twin_optimizer, self.options, start, after, own, tuple(self.params), self.p)
                found = tuple(replace(f, cause=cause or f.cause) for f in report.findings)
                return Report("", (*suspect.findings, *found), tally, tuple(notes)).within("lockstep")
            start = {q: _through(q, x, self.p) for q, x in after.items()}
        return Report("", (), tally, tuple(dict.fromkeys(notes)))

    def free_run(self) -> Report:
        """Let both run alone, and compare until the spread of the shadow runs swallows the training itself."""
        truth, native, suspect = self._twin(), self._twin(self.p.name, self.device), self._suspect()
        shadows = self._shadows(self._first_look, self.seed)
        second: Iterator[dict[str, Array]] | None = None
        wider: dict[str, Array] = {}
        seen = 0
        tally, notes, horizon, judged = Tally(), [], None, True
        own: Snapshot = {}
        twins: Snapshot = {}
        visible = isinstance(suspect, FunctionalSuspect)
        origin = {n: x.astype(np.float64) for n, x in self.params.items()}
        for t, batch in enumerate(self.batches):
            own, twins = suspect.step(batch, t), native.step(batch, t)
            if not judged:
                continue
            after = truth.step(batch, t)
            spreads = _spreads(after, [s.step(batch, t) for s in shadows])

            def more(q: str, t: int = t) -> Array:
                nonlocal second, wider, seen
                second = second or self._more_spreads()
                while seen <= t:
                    wider, seen = next(second), seen + 1
                return wider[q]

            report = self._compare(own, after, twins, spreads, more, origin, t, visible)
            if report.verdict == "void":
                horizon, judged = t, False
                continue
            tally += replace(report.tally, steps=1)
            notes += report.notes
            if not report.ok:
                return Report("", report.findings, tally, tuple(notes)).within("free run")
        metrics = {}
        if self.metric is not None:
            rate = [self.metric([s[n].astype(np.float64) for n in self.params]) for s in (own, twins)]
            metrics = {self.p.name: (rate[0], rate[1])}
        tally += Tally(horizons={self.p.name: horizon}, metrics=metrics)
        return Report("", (), tally, tuple(dict.fromkeys(notes)))

    def _more_spreads(self) -> Iterator[dict[str, Array]]:
        """Yield, step by step, the spread of further free shadow runs."""
        truth = self._twin()
        shadows = self._shadows(SECOND_LOOK, self.seed + SECOND_LOOK)
        for t, batch in enumerate(self.batches):
            yield _spreads(truth.step(batch, t), [s.step(batch, t) for s in shadows])

    def _compare(
        self,
        own: Snapshot,
        truth: Snapshot,
        native: Snapshot,
        spreads: dict[str, Array],
        more: Callable[[str], Array],
        origin: Snapshot,
        t: int,
        visible: bool,
    ) -> Report:
        """Compare gradients, then state, then parameters; return the first that differs, or what slips through.

        A suspect whose state is not `visible` is judged on its gradients and parameters.
        """
        tally, notes = Tally(), []
        given = () if self.value_and_grad is not None else tuple(map(gradient_of, self.params))
        for q, value in truth.items():
            if q in given:
                continue
            if q not in own:
                if visible:
                    held = ", ".join(k for k in own if k not in self.params)
                    message = f"is kept by the twin and not by the suspect, which has {held}"
                    return Report("", (Finding("structure", q, message, step=t),), tally)
                continue
            got = own[q]
            counter = q.startswith(f"{COUNTER} of ")
            wrong = f"shape {got.shape} where the twin has {value.shape}" if got.shape != value.shape else ""
            if not wrong and not counter and q != "loss" and got.dtype != self.p.name:
                wrong = f"dtype {got.dtype} where {self.p.name} came in"
            if wrong:
                return Report("", (Finding("structure", q, f"has {wrong}", step=t),), tally)
            e = Expectation(value.astype(np.float64), spreads[q], native[q], self.p, exact=counter)
            if np.any(ratios(got, e) > K) and not counter:
                e = e.widened(more(q))
            finding = compare(q, got, e, lambda: None)
            if finding is not None:
                kept = {"parameter": float(origin[q][finding.index])} if q in self.params else {}
                cause = cause_of(got, e, sizes={"its elements": got.size})
                return Report("", (replace(finding, step=t, inputs=kept, cause=cause),), tally, tuple(notes))
            r, theirs = ratios(got, e), ratios(native[q], e)
            worst = {self.p.name: float(r.max(initial=0.0))}
            twin = {self.p.name: float(theirs.max(initial=0.0))}
            fired, slipped = slipping_controls(got, e, got.size, origin.get(q) if q in self.params else None)
            if np.any(theirs > K):
                notes.append(f"the twin's own {self.p.name} {q} is outside the bound at step {t}")
            tally += Tally(1, fired, worst, twin)
            if slipped and q in self.params:
                message = f"proves nothing: the bound would let these altered updates pass too: {', '.join(slipped)}"
                return Report("", (Finding("void", q, message, step=t),), tally, tuple(notes))
        return Report("", (), tally, tuple(notes))


def _spreads(truth: Snapshot, shadows: Sequence[Snapshot]) -> dict[str, Array]:
    """Return the spread of every quantity; a snapshot may hold several runs, stacked."""

    def runs(q: str, x: Array) -> list[Array]:
        return [run for s in shadows for run in (s[q] if s[q].ndim > x.ndim else [s[q]])]

    return {q: spread_of(x.astype(np.float64), runs(q, x)) for q, x in truth.items()}


def _through(quantity: str, x: Array, p: Precision) -> Array:
    """Return a value as the precision under test can hold it; a step counter is a count and is left alone."""
    if quantity.startswith(f"{COUNTER} of "):
        return x
    return x.astype(p.name).astype(np.float64)
