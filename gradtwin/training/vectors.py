"""Runs that share one optimizer: parameters that step alike are one vector, and the runs a leading axis of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.key import COUNTER, Key, parameter
from gradtwin.core.noise_torch import TorchShadow, under
from gradtwin.training.gradients import Gradients
from gradtwin.training.snapshot import Batch, Snapshot, parameters, state_of
from gradtwin.training.state import copied_state, fill_state, read_state
from gradtwin.training.twin import Numerics, Twin, TwinSetup, of_the_twin

__all__ = ["ALIKE_STEPS", "Groups", "Vectors", "elementwise", "stepping_alike", "two_random_runs"]

Array = NDArray[Any]
Groups = Sequence[Sequence[str]]
ALIKE_STEPS = 3
"""Steps by which a stack is compared with its runs alone: the third is the first to start from two that had state."""


class Vectors:
    """That many runs of an optimizer that treats every element alone, see `elementwise`.

    Parameters
    ----------
    setup : TwinSetup
        What torch runs.
    groups : sequence of sequences of str
        The parameters by name, those together that step alike; each group has the name of its first.
    runs : int
        How many runs.
    shadow : TorchShadow, optional
        Their noise.
    """

    def __init__(self, setup: TwinSetup, groups: Groups, runs: int, shadow: TorchShadow | None = None) -> None:
        self.setup, self.runs, self.shadow = setup, runs, shadow
        self.groups = {group[0]: tuple(group) for group in groups}
        self.vectors = {owner: self._zeros(group).requires_grad_() for owner, group in self.groups.items()}
        self.optimizer = setup.options.make_optimizer(setup.optimizer, self.vectors)
        self.numerics = Numerics(shadow=shadow)
        self.fresh = self._fresh_states()
        self.steps = 0

    def _zeros(self, group: Sequence[str]) -> torch.Tensor:
        return torch.zeros(self.runs, sum(self.setup.params[name].size for name in group), dtype=torch.float64)

    def _fresh_states(self) -> dict[str, dict[str, Any]]:
        """Return the state that torch makes, by owner; it makes it at a first step, so another takes one along zero."""
        copies = {owner: torch.zeros_like(p).requires_grad_() for owner, p in self.vectors.items()}
        optimizer = self.setup.options.make_optimizer(self.setup.optimizer, copies)
        for p in copies.values():
            p.grad = torch.zeros_like(p)
        with self.numerics.default_type():
            optimizer.step()
        return {owner: dict(optimizer.state[p]) for owner, p in copies.items()}

    def load(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state, tensors with a leading axis of runs; a counter is an array for all."""
        for owner, p in self.vectors.items():
            # `data`, so that the tensor stays the same: the optimizer finds its state by it.
            p.data = self._joined(owner, {name: values[parameter(name)] for name in self.groups[owner]})
            states = {name: state_of(values, name) for name in self.groups[owner]}
            self.optimizer.state.pop(p, None)
            if states[owner]:
                self.optimizer.state[p] = state = copied_state(self.fresh[owner])
                by_quantity = {q: self._state_value(owner, q, states) for q in state if q in states[owner]}
                fill_state(state, by_quantity, lambda x: x)

    def _state_value(self, owner: str, quantity: str, states: Mapping[str, Mapping[str, Any]]) -> Any:
        """Return a quantity of the state as one vector; of what torch keeps as one number, that of the first run."""
        fresh, first = self.fresh[owner][quantity], states[owner][quantity]
        if quantity == COUNTER:
            return first
        if not isinstance(fresh, torch.Tensor) or fresh.dim() == 0:
            return first[0]
        return self._joined(owner, {name: state[quantity] for name, state in states.items()})

    def _joined(self, owner: str, tensors: Mapping[str, torch.Tensor]) -> torch.Tensor:
        return torch.cat([tensors[name].reshape(self.runs, -1) for name in self.groups[owner]], dim=1)

    def resume(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state through `load_state_dict`."""
        self.load(values)
        self.optimizer.load_state_dict(self.optimizer.state_dict())

    def params(self) -> dict[str, torch.Tensor]:
        """Return the parameters by name, with a leading axis of runs."""
        parts: dict[str, torch.Tensor] = {}
        for owner, group in self.groups.items():
            sizes = [self.setup.params[name].size for name in group]
            split = zip(group, self.vectors[owner].detach().split(sizes, dim=1), strict=True)
            parts |= {name: x.reshape(self.runs, *self.setup.params[name].shape) for name, x in split}
        return {name: parts[name] for name in self.setup.params}

    @of_the_twin
    def step(self, batch: Batch, first: Gradients | None = None) -> Snapshot:
        """Take one step along these gradients, or those that the batch holds; return state and parameters."""
        grads = dict(zip(self.setup.params, batch if first is None else first.grads, strict=True))
        for owner, p in self.vectors.items():
            p.grad = None if grads[owner] is None else self._joined(owner, grads)
        self.setup.options.follow_schedule(self.optimizer.param_groups, tuple(self.vectors), self.steps)
        self.numerics.perturb_options(self.optimizer.param_groups)
        with under(self.shadow), self.numerics.default_type():
            self.optimizer.step()
        self.steps += 1
        snapshot: Snapshot = {}
        for owner, p in self.vectors.items():
            state = self.optimizer.state.get(p, {})
            for key, x in read_state(state, owner).items():
                snapshot |= {Key(key.quantity, name): part for name, part in self._parts(owner, x).items()}
        return snapshot | parameters({name: x.numpy().copy() for name, x in self.params().items()})

    def _parts(self, owner: str, x: Array) -> dict[str, Array]:
        """Return a value of the state by parameter; one number for all is that of every parameter and run."""
        group = self.groups[owner]
        if x.ndim == 0:
            return dict.fromkeys(group, np.broadcast_to(x, self.runs))
        ends = np.cumsum([self.setup.params[name].size for name in group])
        parts = zip(group, np.split(x, ends[:-1], axis=1), strict=True)
        return {name: part.reshape(self.runs, *self.setup.params[name].shape) for name, part in parts}


def stepping_alike(setup: TwinSetup, batches: Sequence[Batch]) -> Groups:
    """Return the parameters by name, those together that have the same options and gradients at the same steps."""
    groups: dict[str, list[str]] = {}
    for i, name in enumerate(setup.params):
        absent = [t for t, batch in enumerate(batches) if batch[i] is None] if setup.loss is None else []
        # As text: options may be values that no dict takes as a key.
        groups.setdefault(repr((setup.options.group_options.get(name), absent)), []).append(name)
    return tuple(map(tuple, groups.values()))


def two_random_runs(setup: TwinSetup, seed: int) -> tuple[TwinSetup, dict[str, torch.Tensor], list[list[torch.Tensor]]]:
    """Return a setup that steps on gradients it is handed, and starts and gradients of two runs on a leading axis."""
    generator = torch.Generator().manual_seed(seed)

    def numbers() -> dict[str, torch.Tensor]:
        shapes = {name: (2, *x.shape) for name, x in setup.params.items()}
        return {n: torch.randn(shape, dtype=torch.float64, generator=generator) for n, shape in shapes.items()}

    plain = replace(setup, loss=None, options=replace(setup.options, schedule=()))
    return plain, numbers(), [list(numbers().values()) for _ in range(ALIKE_STEPS)]


def elementwise(setup: TwinSetup, groups: Groups) -> bool:
    """Return whether an optimizer treats every element alone: two runs on a stack are both alone, bit by bit."""
    plain, start, steps = two_random_runs(setup, 0)
    try:
        stack, alone = Vectors(plain, groups, 2), [Twin(plain, Numerics()) for _ in range(2)]
        stack.load({parameter(name): x.clone() for name, x in start.items()})
        for i, twin in enumerate(alone):
            twin.load({parameter(name): x[i].clone() for name, x in start.items()})
        return all(_alike(stack.step(g), [t.step([x[i] for x in g]) for i, t in enumerate(alone)]) for g in steps)
    except Exception:  # an optimizer that wants a closure, sparse gradients, or parameters of one rank only
        return False


def _alike(stack: Snapshot, alone: Sequence[Snapshot]) -> bool:
    # Without any allowance: element by element both go through the same operations.
    runs = [{key: x for key, x in snapshot.items() if key.role != "gradient"} for snapshot in alone]
    return all(np.array_equal(stack[key][i], x) for i, snapshot in enumerate(runs) for key, x in snapshot.items())
