"""A training run under test: its own gradients, its own optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradtwin.errors import UsageError
from gradtwin.report import Finding
from gradtwin.snapshot import Batch, Snapshot, gradient_of, state_of
from gradtwin.suspect import observe

__all__ = ["ClassSuspect", "FunctionalSuspect", "StepFailedError", "Suspect"]

Array = NDArray[Any]


class StepFailedError(Exception):
    """The suspect raised, and `finding` says what and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


class Suspect(Protocol):
    """A training run under test."""

    findings: list[Finding]

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state."""

    def step(self, batch: Batch) -> Snapshot:
        """Take one step and return all there is to compare."""


@dataclass
class FunctionalSuspect:
    """A suspect whose optimizer is a pair of pure functions, ``init`` and ``step``.

    Parameters
    ----------
    value_and_grad : callable
        ``value_and_grad(params, *batch)`` returns the loss (or None) and the gradients in the order of the parameters;
        None if the batch holds the gradients.
    init, update : callable
        The optimizer's ``init(param, **options)`` and ``step(param, grad, state, **options)``.
    options : mapping
        Options of the optimizer.
    params : mapping
        Initial parameters, at the precision under test.
    renamed : mapping
        The suspect's names of state quantities, by the twin's.
    """

    value_and_grad: Callable[..., Any] | None
    init: Callable[..., Any]
    update: Callable[..., Any]
    options: Mapping[str, Any]
    params: dict[str, Array]
    renamed: Mapping[str, str]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps = 0
        self.states = {n: self.init(p.copy(), **self.options) for n, p in self.params.items()}
        self.fresh = dict(self.states)

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; what the twin does not hold keeps the value that `init` gave it."""
        for name, p in self.params.items():
            self.params[name] = snapshot[name].astype(p.dtype)
            fresh = self.fresh[name]
            if not hasattr(fresh, "_fields"):
                raise UsageError(f"Expected init to return a NamedTuple of state; got {type(fresh).__name__}.")
            fields = {}
            for field in fresh._fields:
                found = snapshot.get(state_of(self.renamed.get(field, field), name))
                fields[field] = getattr(fresh, field) if found is None else _like(getattr(fresh, field), found, p.dtype)
            self.states[name] = type(fresh)(**fields)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; the first two are watched for mutated arguments and for answers that do not repeat."""
        self.steps += 1
        loss, *grads = (None, *batch) if self.value_and_grad is None else self._gradients(self.value_and_grad, batch)
        snapshot: Snapshot = {} if loss is None else {"loss": np.asarray(loss)}
        for (name, p), g in zip(self.params.items(), grads, strict=True):
            snapshot[gradient_of(name)] = np.asarray(g)
            state = self.states[name]

            def update(p: Any, g: Any, *fields: Any, state: Any = state, **options: Any) -> Any:
                new, after = self.update(p, g, type(state)(*fields), **options)
                return (new, *after)

            new, *after = self._call(update, [p, g, *state], self.options, "optimizer step")
            self.params[name], self.states[name] = np.asarray(new), type(state)(*after)
            for field, value in zip(state._fields, after, strict=True):
                if value is not None:
                    snapshot[state_of(self.renamed.get(field, field), name)] = np.asarray(value)
            snapshot[name] = self.params[name]
        return snapshot

    def _gradients(self, value_and_grad: Callable[..., Any], batch: Batch) -> Any:
        k = len(self.params)

        def gradients(*arguments: Any) -> Any:
            loss, grads = value_and_grad(list(arguments[:k]), *arguments[k:])
            return (loss, *grads)

        return self._call(gradients, [*self.params.values(), *batch], {}, "backward")

    def _call(self, function: Callable[..., Any], arguments: list[Any], options: Any, what: str) -> Any:
        if self.steps > 2:
            return function(*arguments, **options)
        outcome = observe(function, arguments, options, [f"argument {i}" for i in range(len(arguments))], what)
        if outcome.value is None:
            raise StepFailedError(outcome.findings[0])
        self.findings += outcome.findings
        return outcome.value


@dataclass
class ClassSuspect:
    """A suspect whose optimizer is an object with ``.step(params, grads)``; its state is its own, it only runs free."""

    value_and_grad: Callable[..., Any] | None
    factory: Callable[..., Any]
    options: Mapping[str, Any]
    params: dict[str, Array]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.optimizer = self.factory(**self.options)

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters; the state stays where it is."""
        self.params = {n: snapshot[n].astype(p.dtype) for n, p in self.params.items()}

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; the object may change the arrays in place or return new ones."""
        params = [p.copy() for p in self.params.values()]
        if self.value_and_grad is None:
            loss, grads = None, batch
        else:
            loss, grads = self.value_and_grad([p.copy() for p in params], *batch)
        snapshot: Snapshot = {} if loss is None else {"loss": np.asarray(loss)}
        snapshot.update({gradient_of(n): np.array(g) for n, g in zip(self.params, grads, strict=True)})
        returned = self.optimizer.step(params, [np.array(g) for g in grads])
        self.params = dict(zip(self.params, params if returned is None else returned, strict=True))
        return snapshot | {n: np.asarray(p) for n, p in self.params.items()}


def _like(old: Any, new: Array, dtype: Any) -> Any:
    """Return a state value of the twin in the form the suspect keeps it: an int, a float or an array."""
    if isinstance(old, (int, np.integer)) and not isinstance(old, bool):
        return int(new)
    return float(new) if isinstance(old, float) else new.astype(dtype)
