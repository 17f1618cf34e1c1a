"""The training run of torch: autograd's gradients, an optimizer of `torch.optim`, with or without noise."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.call import Code
from gradtwin.core.errors import GradtwinError
from gradtwin.core.key import Key, parameter
from gradtwin.core.noise_torch import TorchShadow, under
from gradtwin.training.gradients import Gradients, gradients_at
from gradtwin.training.method import StepOptions
from gradtwin.training.noise_float import noisy
from gradtwin.training.snapshot import ALL, Batch, Snapshot, parameters, state_of
from gradtwin.training.state import array_of, copied_state, fill_state, kept_elsewhere, list_state, read_state

__all__ = ["Numerics", "Twin", "TwinFailedError", "TwinSetup", "of_the_twin"]

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
        torch.set_default_dtype(getattr(torch, self.dtype) if self.exact_scalars else before)
        try:
            yield
        finally:
            torch.set_default_dtype(before)

    def perturb_options(self, groups: Sequence[dict[str, Any]]) -> None:
        """Let what an optimizer of a shadow run computes from its options have noise, such as a bias correction."""
        if self.shadow is not None:
            for group in groups:
                group.update({k: noisy(x, self.shadow.scalars) for k, x in group.items() if k != "params"})

    def tensor(self, x: Any) -> Any:
        """Return an array as a run needs it; what is a tensor already is taken as it is."""
        if not isinstance(x, np.ndarray):
            return x
        t = torch.from_numpy(np.array(x))  # a copy: the memory is shared, and an optimizer writes in place
        if t.is_floating_point():
            t = t.to(getattr(torch, self.dtype))
            t = t if self.shadow is None else self.shadow.perturb_input(t)
        return t.to(self.device)


class TwinFailedError(GradtwinError):
    """The twin raised: computed like `numerics`, it raised `error`."""

    def __init__(self, numerics: Numerics, error: Exception) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.numerics = numerics


Method = TypeVar("Method", bound=Callable[..., Any])


def of_the_twin(method: Method) -> Method:
    """Return a method that runs the twin, with what it raises told apart from what the suspect raises."""

    @functools.wraps(method)
    def blaming(self: Any, /, *arguments: Any, **options: Any) -> Any:
        try:
            return method(self, *arguments, **options)
        except GradtwinError:
            raise
        except Exception as error:  # the twin may raise anything
            raise TwinFailedError(self.numerics, error) from error

    return cast("Method", blaming)


class Twin:
    """The run of torch's own optimizer on a loss that autograd differentiates."""

    @of_the_twin
    def __init__(self, setup: TwinSetup, numerics: Numerics) -> None:
        self.setup, self.numerics = setup, numerics
        self.tensors = {name: self._tensor(x).requires_grad_() for name, x in setup.params.items()}
        if setup.options.variant == "differentiable":  # torch then updates tensors in place that are no leaves
            self.tensors = {name: p.clone() for name, p in self.tensors.items()}
        self.optimizer = setup.options.make_optimizer(setup.optimizer, self.tensors, numerics.device)
        self.steps = 0
        self.elsewhere: set[str] = set()
        self._values: dict[str, Any] | None = None

    def _watch_elsewhere(self) -> None:
        """Note what the optimizer keeps from step to step elsewhere than in its state.

        What changes in the first step alone is a cache that it fills.
        """
        values = kept_elsewhere(self.optimizer, self.setup.options.changed)
        before = values if self._values is None else self._values
        self.elsewhere |= {name for name in values | before if values.get(name) != before.get(name)}
        self._values = values

    def _tensor(self, x: Any) -> Any:
        t = self.numerics.tensor(x)
        pairs = self.setup.options.variant == "complex" and isinstance(t, torch.Tensor) and t.is_floating_point()
        return torch.view_as_complex(t) if pairs and t.dim() else t

    @property
    def _owners(self) -> dict[str, torch.Tensor]:
        """The tensors that torch keeps state for, by the name that the state has in a snapshot."""
        return {ALL: next(iter(self.tensors.values()))} if self.setup.coupled else self.tensors

    @of_the_twin
    def load(self, snapshot: Mapping[Key, Any]) -> None:
        """Take over parameters and state; a parameter without state is one before its first step."""
        # `data`, so that the tensor stays the same: the optimizer finds its state by it.
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
                    self.optimizer.state[p] = copied_state(self._fresh_states[owner])
                fill_state(self.optimizer.state[p], values, self._tensor)

    @functools.cached_property
    def _fresh_states(self) -> dict[str, dict[str, Any]]:
        """Return the state that torch makes for each parameter: it has none before a first step.

        So another optimizer takes one along a zero gradient; this one may count its steps elsewhere.
        """
        copies = {name: p.detach().clone().requires_grad_() for name, p in self.tensors.items()}
        if self.setup.options.variant == "differentiable":
            copies = {name: p.clone() for name, p in copies.items()}
        optimizer = self.setup.options.make_optimizer(self.setup.optimizer, copies, self.numerics.device)
        for p in copies.values():
            p.grad = torch.zeros_like(p).to_sparse(1) if self.setup.sparse else torch.zeros_like(p)
        with self.numerics.default_type():
            optimizer.step()
        return {name: optimizer.state[p] for name, p in copies.items()}

    @of_the_twin
    def resume(self, snapshot: Mapping[Key, Any]) -> None:
        """Take over parameters and state as a user of torch would, through `load_state_dict`."""
        self.load(snapshot)
        self.optimizer.load_state_dict(self.optimizer.state_dict())

    @of_the_twin
    def step(self, batch: Batch, first: Gradients | None = None) -> Snapshot:
        """Take one step and return all there is to compare; `first` are the gradients where it begins, if known."""
        self.setup.options.follow_schedule(self.optimizer.param_groups, tuple(self.tensors), self.steps)
        self.numerics.perturb_options(self.optimizer.param_groups)
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
        if self.numerics.shadow is None:
            self._watch_elsewhere()
        return snapshot | parameters({name: array_of(p) for name, p in self.tensors.items()})

    def _step_along(self, grads: Sequence[Any]) -> None:
        for p, g in zip(self.tensors.values(), grads, strict=True):
            # A clone: the optimizer may write into it, and the gradient is judged after the step.
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
