"""The training run of torch: autograd's gradients, an optimizer of `torch.optim`, with or without noise."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.call import Code
from gradtwin.core.key import Key, parameter
from gradtwin.core.noise_torch import TorchShadow, under
from gradtwin.training.gradients import Gradients, gradients_at
from gradtwin.training.method import StepOptions
from gradtwin.training.snapshot import ALL, Batch, Snapshot, parameters, state_of
from gradtwin.training.state import array_of, fill_state, list_state, read_state

__all__ = ["Numerics", "Twin", "TwinSetup"]

Array = NDArray[Any]


@dataclass(frozen=True)
class TwinSetup:
    """What torch runs.

    Parameters
    ----------
    loss : callable, or None
        ``loss(params, *batch)`` returns a scalar tensor; None if the batch holds the gradients.
    optimizer : callable
        A class of `torch.optim`, or anything that takes a list of tensors and the options as it does.
    options : StepOptions
        The optimizer's options.
    params : mapping
        Initial parameters.
    coupled : bool
        Whether the optimizer takes a closure, and keeps one state for all parameters.
    sparse : bool
        Whether the gradients are sparse tensors.
    """

    loss: Code | None
    optimizer: Code
    options: StepOptions
    params: Mapping[str, Array]
    coupled: bool = False
    sparse: bool = False


@dataclass(frozen=True)
class Numerics:
    """How torch computes it.

    Parameters
    ----------
    dtype, device : str
        At which precision and where.
    exact_scalars : bool
        Whether the optimizer's scalars, for which torch takes its default type, get the type of the parameters.
    shadow : TorchShadow, optional
        The noise of a shadow run.
    """

    dtype: str = "float64"
    device: str = "cpu"
    exact_scalars: bool = True
    shadow: TorchShadow | None = None

    @contextlib.contextmanager
    def default_type(self) -> Iterator[None]:
        """Let torch make the optimizer's scalars in the type that they are to have."""
        before = torch.get_default_dtype()
        taken = self.exact_scalars and self.dtype in ("float32", "float64")  # no other type may be torch's default
        torch.set_default_dtype(getattr(torch, self.dtype) if taken else before)
        try:
            yield
        finally:
            torch.set_default_dtype(before)

    def tensor(self, x: Any) -> Any:
        """Return an array as a run needs it; what is a tensor already is taken as it is."""
        if not isinstance(x, np.ndarray):
            return x
        t = torch.from_numpy(np.array(x))
        if t.is_floating_point():
            t = t.to(getattr(torch, self.dtype))
            t = t if self.shadow is None else self.shadow.perturb_input(t)
        return t.to(self.device)


class Twin:
    """The run of torch's own optimizer on a loss that autograd differentiates."""

    def __init__(self, setup: TwinSetup, numerics: Numerics) -> None:
        self.setup, self.numerics = setup, numerics
        self.tensors = {name: self._tensor(x).requires_grad_() for name, x in setup.params.items()}
        if setup.options.variant == "differentiable":  # torch then updates tensors in place that are no leaves
            self.tensors = {name: p.clone() for name, p in self.tensors.items()}
        self.optimizer = setup.options.make_optimizer(setup.optimizer, self.tensors, numerics.device)
        self.steps = 0

    def _tensor(self, x: Any) -> Any:
        t = self.numerics.tensor(x)
        pairs = self.setup.options.variant == "complex" and isinstance(t, torch.Tensor) and t.is_floating_point()
        return torch.view_as_complex(t) if pairs and t.dim() else t

    @property
    def _owners(self) -> dict[str, torch.Tensor]:
        """The tensors that torch keeps state for, by the name that the state has in a snapshot."""
        return {ALL: next(iter(self.tensors.values()))} if self.setup.coupled else self.tensors

    def load(self, snapshot: Mapping[Key, Any]) -> None:
        """Take over parameters and state; a parameter without state is one before its first step."""
        for name, p in self.tensors.items():
            p.data = self._tensor(snapshot[parameter(name)])
        for owner, p in self._owners.items():
            values = state_of(snapshot, owner)
            if not values:
                self.optimizer.state.pop(p, None)
            elif self.setup.coupled:
                self.optimizer.state[p] = list_state(values, self._tensor)
            else:
                if not self.optimizer.state[p]:
                    self._make_state()
                fill_state(self.optimizer.state[p], values, self._tensor)

    def _make_state(self) -> None:
        """Take a step along a zero gradient: an optimizer of torch has no state before its first step."""
        before = {p: p.detach().clone() for p in self.tensors.values()}
        for p in before:
            p.grad = torch.zeros_like(p).to_sparse(1) if self.setup.sparse else torch.zeros_like(p)
        with self.numerics.default_type():
            self.optimizer.step()
        for p, x in before.items():
            p.data = x

    def resume(self, snapshot: Mapping[Key, Any]) -> None:
        """Take over parameters and state as a user of torch would, through `load_state_dict`."""
        self.load(snapshot)
        self.optimizer.load_state_dict(self.optimizer.state_dict())

    def step(self, batch: Batch, first: Gradients | None = None) -> Snapshot:
        """Take one step and return all there is to compare; `first` are the gradients where it begins, if known."""
        self.setup.options.follow_schedule(self.optimizer.param_groups, tuple(self.tensors), self.steps)
        tensors = [self._tensor(x) for x in batch]
        with under(self.numerics.shadow):
            if self.setup.coupled:
                gradients = self._step_with_closure(tensors, first)
            else:
                gradients = first or self._gradients(tensors)
                self._step_along(gradients.grads)
        snapshot = gradients.snapshot(self.tensors)
        for owner, p in self._owners.items():
            snapshot |= read_state(self.optimizer.state.get(p, {}), owner)
        self.steps += 1
        return snapshot | parameters({name: array_of(p) for name, p in self.tensors.items()})

    def _step_along(self, grads: Sequence[Any]) -> None:
        for p, g in zip(self.tensors.values(), grads, strict=True):
            p.grad = None if g is None else g.clone()
        with self.numerics.default_type():
            self.optimizer.step()

    def _step_with_closure(self, tensors: Sequence[Any], first: Gradients | None) -> Gradients:
        """Take one step of an optimizer that asks for loss and gradients, and return the first answer."""
        answers: list[Gradients] = []

        def closure() -> torch.Tensor:
            with torch.enable_grad():
                answer = first if first is not None and not answers else self._gradients(tensors)
            answers.append(answer)
            for p, g in zip(self.tensors.values(), answer.grads, strict=True):
                p.grad = g.contiguous()  # as `backward` leaves it, which such an optimizer may count on
            assert answer.loss is not None
            return answer.loss.detach().clone()

        with self.numerics.default_type():
            self.optimizer.step(closure)
        return answers[0]

    def _gradients(self, tensors: Sequence[Any]) -> Gradients:
        if self.setup.loss is None:
            return Gradients(None, [self._gradient(*x) for x in zip(tensors, self.tensors.values(), strict=True)])
        return gradients_at(self.setup.loss, list(self.tensors.values()), tensors)

    def _gradient(self, x: Any, p: torch.Tensor) -> Any:
        """Return a gradient that the batch holds; a pair of indices and rows is a sparse one."""
        if not isinstance(x, tuple):
            return x
        indices, rows = map(self._tensor, x)
        return torch.sparse_coo_tensor(indices[None], rows, p.shape, check_invariants=True)
