"""The forms in which people have an optimizer, each as a training run under test."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Conduct, enter
from gradtwin.core.errors import UsageError
from gradtwin.core.key import LOSS, gradient_of, parameter
from gradtwin.core.report import Finding
from gradtwin.training.snapshot import ALL, Batch, Snapshot, parameters
from gradtwin.training.state import named_tuple_from, read_named_tuple
from gradtwin.training.suspect import (
    Form,
    StepFailedError,
    Suspect,
    SuspectSetup,
    form_of,
    gradients_in_step,
    plainly,
    watched,
)

__all__ = ["suspect_of"]

Array = NDArray[Any]


def suspect_of(setup: SuspectSetup, params: Mapping[str, Array]) -> Suspect:
    """Return the run of a setup from these parameters, before its first step."""
    copies, form = {name: x.copy() for name, x in params.items()}, form_of(setup.optimizer)
    if form == "object" and setup.options.schedule:
        raise UsageError("Expected no scheduler for an optimizer whose options are out of reach; got one.")
    if form == "coupled" and setup.value_and_grad is None:
        raise UsageError("Expected value_and_grad, since the optimizer's step takes a closure; got None.")
    forms: dict[Form, Callable[..., Suspect]] = {
        "functions": _FunctionalSuspect,
        "coupled": _CoupledSuspect,
        "object": _ObjectSuspect,
    }
    return forms[form](setup, copies)


@dataclass
class _FunctionalSuspect:
    """A suspect whose optimizer has ``init(param, **options)`` and ``step(param, grad, state, **options)``."""

    setup: SuspectSetup
    params: dict[str, Array]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps, self.dtypes = 0, _dtypes_of(self.params)
        init, options = self.setup.optimizer.init, self.setup.options
        self.states = {name: enter(init, p.copy(), **options.at(name, 0)) for name, p in self.params.items()}
        self.fresh = dict(self.states)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields of the state."""
        return getattr(next(iter(self.fresh.values())), "_fields", ())

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; what the twin does not hold keeps the value that `init` gave it."""
        self.params = _params_from(snapshot, self.dtypes)
        for name, p in self.params.items():
            self.states[name] = named_tuple_from(snapshot, name, self.fresh[name], self.setup.state_names, p.dtype)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; a parameter whose gradient is None is left alone."""
        snapshot: Snapshot = {}
        grads: Sequence[Any] = batch
        if self.setup.value_and_grad is not None:
            grads = gradients_in_step(
                self.setup.value_and_grad, list(self.params.values()), batch, snapshot, self._call
            )
        for name, g in zip(self.params, grads, strict=True):
            if self.setup.value_and_grad is not None:
                snapshot[gradient_of(name)] = np.asarray(g)
            if g is not None:
                self._update(name, g)
            snapshot |= read_named_tuple(self.states[name], name, self.setup.state_names)
            snapshot[parameter(name)] = self.params[name]
        self.steps += 1
        return snapshot

    def _update(self, name: str, grad: Any) -> None:
        state = self.states[name]

        def update(p: Any, g: Any, *fields: Any, **options: Any) -> Any:
            param, after = enter(self.setup.optimizer.step, p, g, type(state)(*fields), **options)
            return (param, *after)

        options = self.setup.options.at(name, self.steps)
        arguments = {name: self.params[name], f"grad of {name}": grad}
        arguments |= {f"{field} of {name}": x for field, x in state._asdict().items()}
        param, *after = self._call(update, arguments, options, "optimizer step")
        self.params[name], self.states[name] = np.asarray(param), type(state)(*after)

    def _call(self, function: Callable[..., Any], arguments: Mapping[str, Any], options: Any, what: str) -> Any:
        return watched(self, function, arguments, options, what)


@dataclass
class _CoupledSuspect:
    """A suspect whose optimizer takes all parameters at once, and a closure ``closure(params) -> (loss, grads)``.

    Its ``init(params, **options)`` and ``step(params, closure, state, **options)`` take and return lists of arrays.
    """

    setup: SuspectSetup
    params: dict[str, Array]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps, self.dtypes = 0, _dtypes_of(self.params)
        arrays = [p.copy() for p in self.params.values()]
        self.state = self.fresh = enter(self.setup.optimizer.init, arrays, **self.setup.options.options)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields of the state."""
        return getattr(self.fresh, "_fields", ())

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; what the twin does not hold keeps the value that `init` gave it."""
        self.params = _params_from(snapshot, self.dtypes)
        dtype = next(iter(self.params.values())).dtype
        self.state = named_tuple_from(snapshot, ALL, self.fresh, self.setup.state_names, dtype)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; loss and gradients are those of the closure's first call."""
        first: Snapshot = {}
        k, value_and_grad = len(self.params), self.setup.value_and_grad
        assert value_and_grad is not None

        def closure(params: Sequence[Array]) -> Any:
            answer: Snapshot = {}
            grads = gradients_in_step(value_and_grad, params, batch, answer, plainly)
            if not first:
                first.update(answer | _gradients_by_key(self.params, grads))
            return answer.get(LOSS), grads

        def update(*arguments: Any, **options: Any) -> Any:
            state = type(self.state)(*arguments[k:])
            params, after = enter(self.setup.optimizer.step, list(arguments[:k]), closure, state, **options)
            return (*params, *after)

        arguments = self.params | {f"{field} of {ALL}": x for field, x in self.state._asdict().items()}
        options = self.setup.options.at(next(iter(self.params)), self.steps)
        values = watched(self, update, arguments, options, "optimizer step")
        self.params = dict(zip(self.params, map(np.asarray, values[:k]), strict=True))
        self.state = type(self.state)(*values[k:])
        self.steps += 1
        return first | read_named_tuple(self.state, ALL, self.setup.state_names) | parameters(self.params)


@dataclass
class _ObjectSuspect:
    """A suspect whose optimizer is an object with ``.step(params, grads)``; its state is its own, it only runs free."""

    setup: SuspectSetup
    params: dict[str, Array]

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps, self.dtypes = 0, _dtypes_of(self.params)
        self.optimizer = enter(self.setup.optimizer, **self.setup.options.options)
        if not callable(getattr(self.optimizer, "step", None)):
            raise UsageError(f"Expected optimizer to make objects with .step; got {type(self.optimizer).__name__}.")

    @property
    def fields(self) -> tuple[str, ...]:
        """None: the state is out of reach."""
        return ()

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters; the state stays where it is."""
        self.params = _params_from(snapshot, self.dtypes)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; the object may change the arrays in place or return new ones."""
        params = [p.copy() for p in self.params.values()]
        snapshot: Snapshot = {}
        grads: Any = [None if g is None else np.array(g) for g in batch] if self.setup.value_and_grad is None else None
        if self.setup.value_and_grad is not None:
            call = functools.partial(watched, self)
            # Not the arrays that the optimizer gets: those it may write into.
            copies = [p.copy() for p in params]
            grads = gradients_in_step(self.setup.value_and_grad, copies, batch, snapshot, call)
            snapshot |= _gradients_by_key(self.params, grads)
        k = len(params)

        def update(*arguments: Any) -> Any:
            arrays = list(arguments[:k])
            result = enter(self.optimizer.step, arrays, list(arguments[k:]))
            return tuple(arrays if result is None else result)

        by_name = dict(zip(self.params, params, strict=True))
        by_name |= {f"grad of {name}": g for name, g in zip(self.params, grads, strict=True)}
        conduct = Conduct(writes=tuple(self.params), repeats=False)
        updated = watched(self, update, by_name, {}, "optimizer step", conduct)
        # At once: the state of an object cannot be put back for another try.
        if self.findings:
            raise StepFailedError(self.findings[0])
        self.params = dict(zip(self.params, updated, strict=True))
        self.steps += 1
        return snapshot | parameters({name: np.asarray(p) for name, p in self.params.items()})


def _params_from(snapshot: Snapshot, dtypes: Mapping[str, Any]) -> dict[str, Array]:
    return {name: snapshot[parameter(name)].astype(dtype) for name, dtype in dtypes.items()}


def _dtypes_of(params: Mapping[str, Array]) -> dict[str, Any]:
    """Return the types of parameters at the start: what a step made of another type begins the next as it was."""
    return {name: p.dtype for name, p in params.items()}


def _gradients_by_key(params: Mapping[str, Array], grads: Sequence[Any]) -> Snapshot:
    return {gradient_of(name): np.array(g) for name, g in zip(params, grads, strict=True)}
