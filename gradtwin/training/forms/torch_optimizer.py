"""A subclass of `torch.optim.Optimizer`: arrays become tensors at the boundary, and its `state` is in reach."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradtwin.core.call import Code, Conduct, enter
from gradtwin.core.errors import UsageError
from gradtwin.core.key import Key
from gradtwin.training.forms import torch_closure
from gradtwin.training.forms.form import Form
from gradtwin.training.forms.run import Arrays, Call, SteppedRun
from gradtwin.training.method import StepOptions
from gradtwin.training.places import numbers_in, slots
from gradtwin.training.snapshot import Snapshot, state_of
from gradtwin.training.state import array_of, copied_state, kept_elsewhere, state_from
from gradtwin.training.suspect import SuspectSetup

__all__ = ["form_of", "of_instance"]


def form_of(own_maker: Code, name: str, optimizer: Any) -> Form:
    """Return how an optimizer of torch is read, which `own_maker` makes of tensors and options.

    `optimizer` is one of them, or its class.
    """
    if torch_closure.needs_a_closure(optimizer):
        return torch_closure.form_of(own_maker, name)

    def begin(setup: SuspectSetup, params: Arrays) -> SteppedRun:
        return SteppedRun(setup, params, _TorchStepper(own_maker, setup.options, params))

    return Form(f"torch.optim.Optimizer {name}, of tensors", begin)


def of_instance(instance: Any, name: str) -> Form:
    """Return how an object of a subclass is read: a copy of it for every run, on other parameters."""
    if len(instance.param_groups) != 1 or instance.state:
        raise UsageError(
            f"Expected optimizer to be an object of {name} with one group of parameters, before its first step; got "
            f"{len(instance.param_groups)} groups and state of {len(instance.state)} parameters."
        )

    def make(params: Any, **options: Any) -> Any:
        own = copy.deepcopy(instance)
        groups = [group if isinstance(group, dict) else {"params": list(params)} for group in params]
        # With options of their own parameters come in groups, else as they are.
        count = len(groups) if isinstance(params[0], dict) else 1
        own.param_groups = [{**own.param_groups[0], **group} for group in groups[:count]]
        return own

    return form_of(make, name, instance)


@dataclass
class _TorchStepper:
    """An optimizer of tensors."""

    own_maker: Code
    options: StepOptions
    params: Arrays

    def __post_init__(self) -> None:
        self.tensors = {name: torch.from_numpy(p.copy()).requires_grad_() for name, p in self.params.items()}
        self.optimizer = self.options.make_optimizer(self.own_maker, self.tensors)
        self.skeletons: dict[str, dict[str, Any]] = {}
        self.elsewhere: dict[str, None] = {}
        self._values: dict[str, Any] | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what is in the state of any parameter."""
        return tuple(dict.fromkeys(place for p in self.tensors.values() for place in slots(self._state(p))))

    def _state(self, p: torch.Tensor) -> dict[str, Any]:
        return dict(self.optimizer.state.get(p, {}))

    @property
    def hidden(self) -> tuple[str, ...]:
        """What it keeps from step to step elsewhere than in the state of its parameters."""
        return tuple(self.elsewhere)

    def load(self, params: Arrays, snapshot: Snapshot, names: Mapping[str, str]) -> None:
        """Take over the state; a parameter without any is one before its first step."""
        for name, p in self.tensors.items():
            values = state_of(snapshot, name)
            self.optimizer.state.pop(p, None)
            if values:
                skeleton = copied_state(self._skeleton(name))
                self.optimizer.state[p] = state_from(values, names, skeleton, params[name].dtype)

    def _skeleton(self, name: str) -> dict[str, Any]:
        """Return the state that the optimizer makes for a parameter: it has none before a first step."""
        if name not in self.skeletons:
            copies = {n: torch.from_numpy(p.copy()).requires_grad_() for n, p in self.params.items()}
            other = self.options.make_optimizer(self.own_maker, copies)
            for p in copies.values():
                p.grad = torch.zeros_like(p)
            enter(other.step)
            self.skeletons = {n: dict(other.state.get(p, {})) for n, p in copies.items()}
        return self.skeletons[name]

    def step(self, params: Arrays, grads: Mapping[str, Any], at: int, call: Call) -> dict[str, Any]:
        """Take a step; the tensors are changed in place."""
        self.options.follow_schedule(self.optimizer.param_groups, tuple(self.tensors), at)
        k = len(self.tensors)

        def update(*arguments: Any) -> Any:
            pairs = zip(self.tensors.values(), arguments[:k], arguments[k:], strict=True)
            for tensor, p, g in pairs:
                tensor.data = torch.from_numpy(np.array(p))
                tensor.grad = None if g is None else _gradient(g, tensor)
            enter(self.optimizer.step)
            return tuple(array_of(tensor) for tensor in self.tensors.values())

        arguments = {**params, **{f"grad of {name}": g for name, g in grads.items()}}
        after = dict(zip(params, call(update, arguments, Conduct(repeats=False)), strict=True))
        self._watch_elsewhere()
        return after

    def _watch_elsewhere(self) -> None:
        """Note what changes from step to step elsewhere; what the first step alone changes is a cache."""
        scheduled = self.options.changed
        values = kept_elsewhere(self.optimizer, scheduled)
        own = {id(p) for p in self.tensors.values()}
        values |= {f"state[{k!r}]": repr(x) for k, x in self.optimizer.state.items() if id(k) not in own}
        before = values if self._values is None else self._values
        self.elsewhere |= {name: None for name in values if values[name] != before.get(name)}
        self._values = values

    def state(self) -> dict[Key, Any]:
        """Return the numbers of the state of every parameter."""
        return {
            Key(place, name): array_of(x)
            for name, p in self.tensors.items()
            for place, x in numbers_in(self._state(p)).items()
        }


def _gradient(x: Any, p: torch.Tensor) -> torch.Tensor:
    """Return a gradient as a tensor; a pair of indices and rows is a sparse one."""
    if not isinstance(x, tuple):
        return torch.from_numpy(np.array(x))
    indices, rows = (torch.from_numpy(np.array(part)) for part in x)
    return torch.sparse_coo_tensor(indices[None], rows, p.shape, check_invariants=True)
