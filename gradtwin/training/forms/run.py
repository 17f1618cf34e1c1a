"""A training run under test of whatever can step parameters: its gradients, its snapshots, and what is watched."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import ORDINARY, Conduct
from gradtwin.core.jax_types import enabled_for
from gradtwin.core.key import Key, gradient_of, parameter
from gradtwin.core.report import Finding
from gradtwin.training.snapshot import Batch, Snapshot, parameters
from gradtwin.training.state import array_of
from gradtwin.training.suspect import StepFailedError, SuspectSetup, gradients_in_step, watched

__all__ = ["Arrays", "Call", "SteppedRun", "Stepper", "as_parameter", "gradients_by_key", "misfit", "params_from"]

Array = NDArray[Any]
Arrays = dict[str, Array]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Call(Protocol):
    """Calls a function of the suspect under observation."""

    def __call__(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        conduct: Conduct = ORDINARY,
        options: Mapping[str, Any] = NOTHING,
    ) -> Any: ...


class Stepper(Protocol):
    """An optimizer in the hands of a run."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the places of its state, as far as they are in reach; one that is empty counts."""

    @property
    def hidden(self) -> tuple[str, ...]:
        """What it keeps from step to step, and could not take over."""

    def load(self, params: Arrays, snapshot: Snapshot, names: Mapping[str, str]) -> None:
        """Take over the state that a snapshot has under the twin's names."""

    def step(self, params: Arrays, grads: Mapping[str, Any], at: int, call: Call) -> Mapping[str, Any]:
        """Return the parameters after a step; a gradient may be None."""

    def state(self) -> dict[Key, Any]:
        """Return the numbers of its state, by place and owner."""


@dataclass
class SteppedRun:
    """A suspect whose optimizer steps parameters along gradients."""

    setup: SuspectSetup
    params: Arrays
    stepper: Stepper

    def __post_init__(self) -> None:
        self.findings: list[Finding] = []
        self.steps = 0
        self._dtypes = {name: p.dtype for name, p in self.params.items()}

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the places of the state."""
        return self.stepper.fields

    @property
    def hidden(self) -> tuple[str, ...]:
        """What it keeps elsewhere."""
        return self.stepper.hidden

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; what the twin does not hold keeps the value that it began with."""
        self.params = params_from(snapshot, self._dtypes)
        with enabled_for(self.params.values()):
            self.stepper.load(self.params, snapshot, self.setup.state_names)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step; a parameter whose gradient is None is left alone."""
        snapshot: Snapshot = {}
        grads: Sequence[Any] = batch
        if self.setup.value_and_grad is not None:
            call = functools.partial(watched, self)
            # Not the arrays that the optimizer gets: those it may write into.
            copies = [p.copy() for p in self.params.values()]
            grads = gradients_in_step(self.setup.value_and_grad, copies, batch, snapshot, call)
            snapshot |= gradients_by_key(self.params, grads)
        by_name = dict(zip(self.params, grads, strict=True))
        with enabled_for(self.params.values()):
            after = self.stepper.step(self.params, by_name, self.steps, self._call)
        self.params = {name: as_parameter(after[name]) for name in self.params}
        self.steps += 1
        names = self.setup.state_names
        state = {Key(names.get(k.quantity, k.quantity), k.owner): array_of(x) for k, x in self.stepper.state().items()}
        return snapshot | state | parameters(self.params)

    def _call(
        self,
        function: Callable[..., Any],
        arguments: Mapping[str, Any],
        conduct: Conduct = ORDINARY,
        options: Mapping[str, Any] = NOTHING,
    ) -> Any:
        known = len(self.findings)
        value = watched(self, function, arguments, options, "optimizer step", conduct)
        # At once: what keeps a state of its own cannot be put back for another try.
        if not conduct.repeats and len(self.findings) > known:
            raise StepFailedError(self.findings[known])
        return value


def as_parameter(x: Any) -> Array:
    """Return what an optimizer has made of a parameter as an array, of whatever type."""
    return np.asarray(x)


def misfit(words: str) -> StepFailedError:
    """Return the error of a step that returns something else than its form promises."""
    return StepFailedError(Finding("structure", "optimizer step", f"returns {words}"))


def params_from(snapshot: Snapshot, dtypes: Mapping[str, Any]) -> Arrays:
    """Return the parameters of a snapshot, each in its type."""
    return {name: snapshot[parameter(name)].astype(dtype) for name, dtype in dtypes.items()}


def gradients_by_key(names: Mapping[str, Any], grads: Sequence[Any]) -> Snapshot:
    """Return gradients in the order of parameters as a part of a snapshot."""
    return {gradient_of(name): np.array(g) for name, g in zip(names, grads, strict=True)}
