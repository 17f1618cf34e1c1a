"""Runs of an optimizer that couples the elements of a parameter, each a lane of vmap: all take a step at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import FIRST_LOOK, K, Precision, allowed, spread_of
from gradtwin.core.key import Key, parameter
from gradtwin.core.noise_torch import TorchShadow, mark
from gradtwin.core.stack import stacking
from gradtwin.training.gradients import Gradients
from gradtwin.training.snapshot import Batch, Snapshot, parameters, state_of
from gradtwin.training.state import array_of
from gradtwin.training.twin import Numerics, Twin, TwinSetup
from gradtwin.training.vectors import two_random_runs

__all__ = ["Lanes", "in_lanes"]

Array = NDArray[Any]
State = dict[str, dict[str, Any]]


class Lanes:
    """That many runs of an optimizer, see `in_lanes`.

    Parameters
    ----------
    setup : TwinSetup
        What torch runs.
    runs : int
        How many runs.
    shadow : TorchShadow, optional
        Their noise.
    """

    def __init__(self, setup: TwinSetup, runs: int, shadow: TorchShadow | None = None) -> None:
        self.setup, self.runs, self.shadow = setup, runs, shadow
        self.tensors = {name: torch.zeros(x.shape, dtype=torch.float64) for name, x in setup.params.items()}
        self.state: State = {}
        self.optimizer = setup.options.make_optimizer(setup.optimizer, self.tensors)
        self.numerics = Numerics()
        self.through_state_dict = False
        self.steps = 0

    def load(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state, tensors with a leading axis of runs; a counter is an array for all."""
        self.tensors = {name: values[parameter(name)] for name in self.setup.params}
        states = {name: state_of(values, name) for name in self.setup.params}
        self.state = {name: {q: self._lanes(x) for q, x in state.items()} for name, state in states.items() if state}

    def _lanes(self, x: Any) -> torch.Tensor:
        return x if isinstance(x, torch.Tensor) else torch.full((self.runs,), float(x), dtype=torch.float64)

    def resume(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state through `load_state_dict`."""
        self.load(values)
        self.through_state_dict = True

    def params(self) -> dict[str, torch.Tensor]:
        """Return the parameters by name, with a leading axis of runs."""
        return self.tensors

    def step(self, batch: Batch, first: Gradients | None = None) -> Snapshot:
        """Take one step along these gradients, or those that the batch holds; return state and parameters."""
        by_name = zip(self.setup.params, batch if first is None else first.grads, strict=True)
        grads = {name: g for name, g in by_name if g is not None}
        with stacking(self.shadow), self.numerics.default_type():
            step = torch.vmap(self._step_of_one, randomness="different")
            self.tensors, self.state = step(_marked(self.tensors), _marked(grads), _marked(self.state))
        self.steps, self.through_state_dict = self.steps + 1, False
        state = {Key(q, name): array_of(x) for name, by_quantity in self.state.items() for q, x in by_quantity.items()}
        return state | parameters({name: array_of(x) for name, x in self.tensors.items()})

    def _step_of_one(
        self, params: dict[str, torch.Tensor], grads: Mapping[str, Any], state: State
    ) -> tuple[dict[str, torch.Tensor], State]:
        """Return parameters and state of one run after a step; it writes into neither of those that came."""
        params = {name: p.clone() for name, p in params.items()}
        for name, p in params.items():
            p.grad = grads[name].clone() if name in grads else None
        self._hand_over(params, state)
        optimizer = self.optimizer
        if self.through_state_dict:
            optimizer.load_state_dict(optimizer.state_dict())
        self.setup.options.follow_schedule(optimizer.param_groups, tuple(params), self.steps)
        optimizer.step()
        states = {name: optimizer.state[p] for name, p in params.items() if optimizer.state.get(p)}
        return params, {name: {q: x for q, x in s.items() if x is not None} for name, s in states.items()}

    def _hand_over(self, params: Mapping[str, torch.Tensor], state: State) -> None:
        """Give the optimizer the tensors of this step: those of the last one are of no use outside of its vmap."""
        # The groups stay, for their options; what is in them is replaced in order.
        tensors = iter(params.values())
        for group in self.optimizer.param_groups:
            group["params"] = [next(tensors) for _ in group["params"]]
        self.optimizer.state.clear()
        self.optimizer.state.update({params[name]: {q: x.clone() for q, x in s.items()} for name, s in state.items()})


def _marked(tensors: Any) -> Any:
    return {name: _marked(x) if isinstance(x, dict) else mark(x) for name, x in tensors.items()}


def in_lanes(setup: TwinSetup, precision: Precision, seed: int) -> bool:
    """Return whether two runs in lanes are what both are alone, but for rounding at a precision."""
    plain, start, steps = two_random_runs(setup, seed)
    shadow = TorchShadow(K * precision.unit, K * precision.eta, seed, stack=True)
    try:
        alone, quiet = [Twin(plain, Numerics()) for _ in range(2)], Lanes(plain, 2)
        noisy = Lanes(plain, 2 * FIRST_LOOK, shadow)
        for i, twin in enumerate(alone):
            twin.load({parameter(name): x[i].clone() for name, x in start.items()})
        quiet.load({parameter(name): x for name, x in start.items()})
        noisy.load({parameter(name): shadow.perturb_input(_copies(x)) for name, x in start.items()})
        return all(
            _alike(
                [twin.step([x[i] for x in grads]) for i, twin in enumerate(alone)],
                quiet.step(grads),
                noisy.step([shadow.perturb_input(_copies(x)) for x in grads]),
                precision,
            )
            for grads in steps
        )
    except Exception:  # an optimizer that wants a closure, or asks for a number of a tensor
        return False


def _copies(x: torch.Tensor) -> torch.Tensor:
    # One pair of runs after the other, as `_alike` takes them apart.
    return x.repeat(FIRST_LOOK, *[1] * (x.dim() - 1))


def _alike(alone: Sequence[Snapshot], quiet: Snapshot, noisy: Snapshot, p: Precision) -> bool:
    for key, x in quiet.items():
        truth = np.stack([snapshot[key] for snapshot in alone]).astype(np.float64)
        # The spread about the lanes' own result: about the truth, it would grant whatever else the lanes are.
        spread = spread_of(x.astype(np.float64), noisy[key].reshape(FIRST_LOOK, *x.shape))
        if not np.all(np.abs(x - truth) <= allowed(truth, spread, p)):
            return False
    return {key for key in alone[0] if key.role != "gradient"} == set(quiet)
