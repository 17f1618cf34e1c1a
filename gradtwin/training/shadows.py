"""Shadow runs of the twin, side by side: the gradients of all in one pass, and the steps, where that can be done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import K, Precision
from gradtwin.core.key import Key, parameter
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.training.gradients import Gradients, in_a_row, in_one_pass, stackable
from gradtwin.training.lanes import Lanes, in_lanes
from gradtwin.training.snapshot import Batch, Snapshot
from gradtwin.training.twin import Numerics, Twin, TwinSetup, of_the_twin
from gradtwin.training.vectors import Groups, Vectors, elementwise, stepping_alike

__all__ = ["Shadows", "Sharing", "stacked"]

Array = NDArray[Any]
TOGETHER = 2**18
"""Numbers of parameters and batches that go through one pass: more take as long as in two, which stay in the cache."""


@dataclass(frozen=True)
class Sharing:
    """What shadow runs have in common.

    Parameters
    ----------
    loss : bool
        Whether the gradients of all come out of one pass, or are given.
    groups : sequence of sequences of str
        The parameters that step alike, if all runs share an optimizer; empty where each has its own.
    lanes : bool
        Whether each has its own, and all step at once.
    """

    loss: bool
    groups: Groups = ()
    lanes: bool = False

    @property
    def steps(self) -> bool:
        """Whether all runs step at once."""
        return bool(self.groups) or self.lanes

    @classmethod
    def of(cls, setup: TwinSetup, batches: Sequence[Batch], precision: Precision, seed: int) -> Sharing:
        """Return what shadow runs of a setup can have in common, tried out on its first batch."""
        groups = stepping_alike(setup, batches)
        # A closure looks at all parameters at once, and sparse gradients have no leading axis of runs.
        alone = setup.coupled or setup.sparse
        shared = groups if not alone and elementwise(setup, groups) else ()
        lanes = not alone and not shared and in_lanes(setup, precision, seed)
        if setup.loss is None:
            return cls(True, shared, lanes)
        params, batch = ([Numerics().tensor(x) for x in part] for part in (setup.params.values(), batches[0]))
        shadow = TorchShadow(K * precision.unit, K * precision.eta, seed, stack=True)
        return cls(stackable(setup.loss, params, batch, shadow, precision), shared, lanes)


class _Optimizers(Protocol):
    """The optimizers of all runs; tensors have a leading axis of runs."""

    steps: int

    def load(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state."""

    def resume(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state through `load_state_dict`."""

    def params(self) -> dict[str, torch.Tensor]:
        """Return the parameters by name."""

    def step(self, batch: Batch, first: Gradients | None) -> Snapshot:
        """Take one step and return state and parameters."""


class Shadows:
    """That many shadow runs.

    Parameters
    ----------
    setup : TwinSetup
        What torch runs.
    sharing : Sharing
        What the runs have in common.
    runs : int
        How many runs.
    precision : Precision
        The precision whose rounding is the noise.
    seed : int
        Seed of the noise.
    """

    def __init__(self, setup: TwinSetup, sharing: Sharing, runs: int, precision: Precision, seed: int) -> None:
        self.setup, self.sharing, self.runs = setup, sharing, runs
        self.shadow = TorchShadow(K * precision.unit, K * precision.eta, seed)
        self.numerics = Numerics(shadow=self.shadow)
        self.optimizers: _Optimizers
        if sharing.groups:
            self.optimizers = Vectors(setup, sharing.groups, runs, self.shadow)
        else:
            self.optimizers = (Lanes if sharing.lanes else _Row)(setup, runs, self.shadow)

    def load(self, start: Snapshot, step: int, *, through_state_dict: bool = False) -> None:
        """Bring all runs to the start of a step, each with noise of its own."""
        (values,) = self._values([start])
        self.optimizers.steps = step
        (self.optimizers.resume if through_state_dict else self.optimizers.load)(values)

    def step(self, batch: Batch) -> Snapshot:
        """Take one step and return what all runs have then, with a leading axis of runs."""
        params = {name: x[None] for name, x in self.optimizers.params().items()}
        columns = self._columns([batch])
        return self._step(columns, self._gradients(params, columns), 0)

    def steps_from(self, starts: Sequence[Snapshot], batches: Sequence[Batch], step: int) -> Iterator[Snapshot]:
        """Yield what each of several steps, from the step `step` on, makes of a start of its own."""
        for begin, end in pairwise(self._edges(starts, batches)):
            values, columns = self._values(starts[begin:end]), self._columns(batches[begin:end])
            params = {name: torch.stack([v[parameter(name)] for v in values]) for name in self.setup.params}
            gradients = self._gradients(params, columns)
            for t in range(end - begin):
                self.optimizers.steps = step + begin + t
                self.optimizers.load(values[t])
                yield self._step(columns, gradients, t)

    def _edges(self, starts: Sequence[Snapshot], batches: Sequence[Batch]) -> list[int]:
        """Return where one pass ends and the next begins: where the form changes, or it would be too much for one."""
        steps = zip(starts, batches, strict=True)
        # Where the runs step at once, states of other names do not go together: a first step has none.
        forms = [(*map(_form, batch), *(start if self.sharing.steps else ())) for start, batch in steps]
        arrays = [*self.setup.params.values(), *(x for x in batches[0] if isinstance(x, np.ndarray))]
        most = max(TOGETHER // (self.runs * sum(x.size for x in arrays)), 1)
        edges = [0]
        for t in range(1, len(starts)):
            if forms[t] != forms[t - 1] or t - edges[-1] == most:
                edges.append(t)
        return [*edges, len(starts)]

    def _values(self, starts: Sequence[Snapshot]) -> list[dict[Key, Any]]:
        """Return the starts with noise: the parameters, and the state where the runs step at once."""
        # Runs with an optimizer each load the state one by one, and each with noise of its own.
        noisy = [key for key in starts[0] if key.role == "parameter" or (self.sharing.steps and not key.is_counter)]
        tensors = {key: self._noisy([start[key] for start in starts]) for key in noisy}
        return [start | {key: x[t] for key, x in tensors.items()} for t, start in enumerate(starts)]

    def _columns(self, batches: Sequence[Batch]) -> list[Any]:
        """Return the batches with noise by part: a tensor with axes of steps and of runs, or what is no array."""
        parts = list(zip(*batches, strict=True))
        return [self._noisy(part) if isinstance(part[0], np.ndarray) else part for part in parts]

    def _noisy(self, arrays: Sequence[Array]) -> torch.Tensor:
        """Return arrays as a tensor with axes of steps and of runs, in every run with noise of its own."""
        x = torch.from_numpy(np.stack(arrays))
        # Cloned, since `expand` shares memory: an optimizer that writes in place would write into all runs.
        copies = x[:, None].expand(len(arrays), self.runs, *x.shape[1:])
        return self.shadow.perturb_input(copies.to(torch.float64).clone()) if x.is_floating_point() else copies.clone()

    @of_the_twin
    def _gradients(self, params: Mapping[str, torch.Tensor], columns: Sequence[Any]) -> Gradients | None:
        """Return the gradients with axes of steps and of runs; None where the batches hold them."""
        if self.setup.loss is None:
            return None
        flat = [x.flatten(0, 1) for x in params.values()]
        batch = [x.flatten(0, 1) if isinstance(x, torch.Tensor) else x[0] for x in columns]
        way = in_one_pass if self.sharing.loss else in_a_row
        return way(self.setup.loss, flat, batch, self.shadow).unflattened((-1, self.runs))

    def _step(self, columns: Sequence[Any], gradients: Gradients | None, t: int) -> Snapshot:
        first = None if gradients is None else gradients.at(t)
        snapshot = self.optimizers.step([x[t] for x in columns], first)
        return snapshot if first is None else first.snapshot(self.setup.params) | snapshot


class _Row:
    """Runs with an optimizer each."""

    def __init__(self, setup: TwinSetup, runs: int, shadow: TorchShadow) -> None:
        self.twins = [Twin(setup, Numerics(shadow=shadow)) for _ in range(runs)]
        self.steps = 0

    def load(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state."""
        for i, twin in enumerate(self.twins):
            twin.load({key: _run(x, i) for key, x in values.items()})

    def resume(self, values: Mapping[Key, Any]) -> None:
        """Take over parameters and state through `load_state_dict`."""
        for i, twin in enumerate(self.twins):
            twin.resume({key: _run(x, i) for key, x in values.items()})

    def params(self) -> dict[str, torch.Tensor]:
        """Return the parameters by name."""
        names = self.twins[0].tensors
        return {name: torch.stack([twin.tensors[name].detach() for twin in self.twins]) for name in names}

    def step(self, batch: Batch, first: Gradients | None) -> Snapshot:
        """Take one step and return what all runs have; left out is what they disagree about the shape of."""
        snapshots = []
        for i, twin in enumerate(self.twins):
            twin.steps = self.steps
            snapshots.append(twin.step([_run(x, i) for x in batch], None if first is None else first.at(i)))
        self.steps += 1
        return stacked(snapshots)


def _run(x: Any, i: int) -> Any:
    return x[i] if isinstance(x, torch.Tensor) else x


def stacked(snapshots: Sequence[Snapshot]) -> Snapshot:
    """Return what several runs have on a leading axis; left out is what they disagree about the shape of."""
    shapes = [{key: x.shape for key, x in snapshot.items()} for snapshot in snapshots]
    common = [key for key, shape in shapes[0].items() if all(other.get(key) == shape for other in shapes)]
    return {key: np.stack([snapshot[key] for snapshot in snapshots]) for key in common}


def _form(x: Any) -> Any:
    return x.shape if isinstance(x, np.ndarray) else repr(x)
