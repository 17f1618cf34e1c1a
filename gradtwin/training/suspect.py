"""A training run under test: its own gradients, its own optimizer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import WATCHED_STEPS
from gradtwin.core.call import observe
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding
from gradtwin.training.method import Method
from gradtwin.training.snapshot import ALL, Batch, Snapshot, gradient_of, state_of

__all__ = ["ClassSuspect", "CoupledSuspect", "FunctionalSuspect", "StepFailedError", "Suspect", "is_coupled"]

Array = NDArray[Any]


class StepFailedError(Exception):
    """The suspect raised, and `finding` says what and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class Suspect(Protocol):
    """A training run under test."""

    findings: list[Finding]
    steps: int

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state."""

    def step(self, batch: Batch) -> Snapshot:
        """Take one step and return all there is to compare."""


def is_coupled(step: Callable[..., Any]) -> bool:
    """Say whether an optimizer's ``step`` takes all parameters at once, and a closure."""
    try:
        return list(inspect.signature(step).parameters)[1:2] == ["closure"]
    except (TypeError, ValueError):
        return False


@dataclass
class FunctionalSuspect:
    """A suspect whose optimizer is a pair of pure functions, ``init`` and ``step``, of one parameter.

    Parameters
    ----------
    value_and_grad : callable
        ``value_and_grad(params, *batch)`` returns the loss (or None) and the gradients in the order of the parameters;
        None if the batch holds the gradients.
    init, update : callable
        The optimizer's ``init(param, **options)`` and ``step(param, grad, state, **options)``.
    method : Method
        The optimizer's options.
    params : mapping
        Initial parameters, at the precision under test.
    renamed : mapping
        The twin's names of state quantities, by the suspect's.
    """

    value_and_grad: Callable[..., Any] | None
    init: Callable[..., Any]
    update: Callable[..., Any]
    method: Method
    params: dict[str, Array]
    renamed: Mapping[str, str]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps = 0
        self.states = {n: self.init(p.copy(), **self.method.of(n, 0)) for n, p in self.params.items()}
        self.fresh = dict(self.states)

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; what the twin does not hold keeps the value that `init` gave it."""
        for name, p in self.params.items():
            self.params[name] = snapshot[name].astype(p.dtype)
            self.states[name] = _state_from(snapshot, name, self.fresh[name], self.renamed, p.dtype)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; a parameter whose gradient is None is left alone."""
        snapshot: Snapshot = {}
        grads = batch
        if self.value_and_grad is not None:
            grads = _gradients(self.value_and_grad, list(self.params.values()), batch, snapshot, self._call)
        for (name, p), g in zip(self.params.items(), grads, strict=True):
            options, state = self.method.of(name, self.steps), self.states[name]
            if self.value_and_grad is not None:
                snapshot[gradient_of(name)] = np.asarray(g)
            if g is not None:

                def update(p: Any, g: Any, *fields: Any, state: Any = state, **options: Any) -> Any:
                    new, after = self.update(p, g, type(state)(*fields), **options)
                    return (new, *after)

                new, *after = self._call(update, [p, g, *state], options, "optimizer step")
                self.params[name], self.states[name] = np.asarray(new), type(state)(*after)
            snapshot |= _state_in(self.states[name], name, self.renamed)
            snapshot[name] = self.params[name]
        self.steps += 1
        return snapshot

    def _call(self, function: Callable[..., Any], arguments: Sequence[Any], options: Any, what: str) -> Any:
        return _watched(self, function, arguments, options, what)


@dataclass
class CoupledSuspect:
    """A suspect whose optimizer takes all parameters at once, and a closure ``closure(params) -> (loss, grads)``.

    The fields are those of `FunctionalSuspect`; ``init(params, **options)`` and ``step(params, closure, state,
    **options)`` take and return lists of arrays.
    """

    value_and_grad: Callable[..., Any]
    init: Callable[..., Any]
    update: Callable[..., Any]
    method: Method
    params: dict[str, Array]
    renamed: Mapping[str, str]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps = 0
        self.state = self.fresh = self.init([p.copy() for p in self.params.values()], **self.method.options)

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; what the twin does not hold keeps the value that `init` gave it."""
        self.params = {n: snapshot[n].astype(p.dtype) for n, p in self.params.items()}
        dtype = next(iter(self.params.values())).dtype
        self.state = _state_from(snapshot, ALL, self.fresh, self.renamed, dtype)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; loss and gradients are those of the closure's first call."""
        snapshot: Snapshot = {}
        k = len(self.params)

        def closure(params: Sequence[Array]) -> Any:
            seen: Snapshot = {}
            grads = _gradients(self.value_and_grad, params, batch, seen, _plainly)
            if not snapshot:
                seen.update({gradient_of(n): np.array(g) for n, g in zip(self.params, grads, strict=True)})
                snapshot.update(seen)
            return seen.get("loss"), grads

        def update(*arguments: Any, **options: Any) -> Any:
            new, after = self.update(list(arguments[:k]), closure, type(self.state)(*arguments[k:]), **options)
            return (*new, *after)

        arguments = [*self.params.values(), *self.state]
        options = self.method.of(next(iter(self.params)), self.steps)
        found = _watched(self, update, arguments, options, "optimizer step")
        self.params = dict(zip(self.params, map(np.asarray, found[:k]), strict=True))
        self.state = type(self.state)(*found[k:])
        self.steps += 1
        return snapshot | _state_in(self.state, ALL, self.renamed) | self.params


@dataclass
class ClassSuspect:
    """A suspect whose optimizer is an object with ``.step(params, grads)``; its state is its own, it only runs free."""

    value_and_grad: Callable[..., Any] | None
    factory: Callable[..., Any]
    method: Method
    params: dict[str, Array]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps = 0
        self.optimizer = self.factory(**self.method.options)

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters; the state stays where it is."""
        self.params = {n: snapshot[n].astype(p.dtype) for n, p in self.params.items()}

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; the object may change the arrays in place or return new ones."""
        params = [p.copy() for p in self.params.values()]
        snapshot: Snapshot = {}
        grads: Any = [None if g is None else np.array(g) for g in batch] if self.value_and_grad is None else None
        if self.value_and_grad is not None:
            grads = _gradients(self.value_and_grad, [p.copy() for p in params], batch, snapshot, _plainly)
            snapshot.update({gradient_of(n): np.array(g) for n, g in zip(self.params, grads, strict=True)})
        returned = self.optimizer.step(params, grads)
        self.params = dict(zip(self.params, params if returned is None else returned, strict=True))
        return snapshot | {n: np.asarray(p) for n, p in self.params.items()}


def _gradients(
    value_and_grad: Callable[..., Any],
    params: Sequence[Array],
    batch: Batch,
    snapshot: Snapshot,
    call: Callable[..., Any],
) -> list[Any]:
    """Return the gradients, and note the loss in the snapshot."""
    k = len(params)

    def gradients(*arguments: Any) -> Any:
        loss, grads = value_and_grad(list(arguments[:k]), *arguments[k:])
        return (loss, *grads)

    found = list(call(gradients, [*params, *batch], {}, "backward"))
    if found[0] is not None:
        snapshot["loss"] = np.asarray(found[0])
    return found[1:]


def _plainly(function: Callable[..., Any], arguments: Sequence[Any], options: Mapping[str, Any], what: str) -> Any:
    return function(*arguments, **options)


def _watched(
    suspect: FunctionalSuspect | CoupledSuspect,
    function: Callable[..., Any],
    arguments: Sequence[Any],
    options: Mapping[str, Any],
    what: str,
) -> Any:
    """Call a function of the suspect, in its first steps under observation."""
    if suspect.steps >= WATCHED_STEPS:
        return function(*arguments, **options)
    outcome = observe(function, arguments, options, [f"argument {i}" for i in range(len(arguments))], what)
    if outcome.value is None:
        raise StepFailedError(outcome.findings[0])
    suspect.findings += outcome.findings
    return outcome.value


def _state_from(snapshot: Snapshot, name: str, fresh: Any, renamed: Mapping[str, str], dtype: Any) -> Any:
    """Return the state that a snapshot holds for a name, in the form of a fresh one."""
    if not hasattr(fresh, "_fields"):
        raise UsageError(f"Expected init to return a NamedTuple of state; got {type(fresh).__name__}.")
    fields = {}
    for field in fresh._fields:
        found = snapshot.get(state_of(renamed.get(field, field), name))
        fields[field] = getattr(fresh, field) if found is None else _like(getattr(fresh, field), found, dtype)
    return type(fresh)(**fields)


def _state_in(state: Any, name: str, renamed: Mapping[str, str]) -> Snapshot:
    """Return the part of a snapshot that a state makes."""
    held = zip(state._fields, state, strict=True)
    return {state_of(renamed.get(field, field), name): np.asarray(x) for field, x in held if x is not None}


def _like(old: Any, new: Array, dtype: Any) -> Any:
    """Return a state value of the twin in the form the suspect keeps it: an int, a float or an array."""
    if isinstance(old, (int, np.integer)) and not isinstance(old, bool):
        return int(new)
    if new.dtype.kind in "iu":
        return int(new)
    return float(new) if isinstance(old, float) else new.astype(dtype)
