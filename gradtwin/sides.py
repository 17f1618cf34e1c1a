"""The two sides of a training run, each brought to the same form: load a snapshot, take a step, give a snapshot.

A snapshot holds every number of the run by name: ``weight``, ``gradient of weight``, ``exp_avg of weight``, ``loss``.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.errors import UsageError
from gradtwin.noise_torch import TorchShadow
from gradtwin.suspect import observe

__all__ = ["ClassSuspect", "FunctionalSuspect", "Snapshot", "Suspect", "TwinSide", "elementwise", "gradient_of", "state_of"]

Array = NDArray[Any]
Snapshot = dict[str, Array]
Batch = Sequence[Any]
COUNTER = "step"


def gradient_of(name: str) -> str:
    """Return the snapshot's name for the gradient of a parameter."""
    return f"gradient of {name}"


def state_of(quantity: str, name: str) -> str:
    """Return the snapshot's name for a quantity of the optimizer's state."""
    return f"{quantity} of {name}"


class Suspect(Protocol):
    """A training run under test."""

    findings: list[Any]

    def load(self, snapshot: Snapshot, t: int) -> None:
        """Take over parameters and state."""

    def step(self, batch: Batch, t: int) -> Snapshot:
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
        self.findings: list[Any] = []
        self.states = {n: self.init(p.copy(), **self.options) for n, p in self.params.items()}
        self.fresh = dict(self.states)

    def load(self, snapshot: Snapshot, t: int) -> None:
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

    def step(self, batch: Batch, t: int) -> Snapshot:
        """Take one step; the first two are watched for mutated arguments and for answers that do not repeat."""
        loss, *grads = (None, *batch) if self.value_and_grad is None else self._gradients(self.value_and_grad, batch, t)
        snapshot: Snapshot = {} if loss is None else {"loss": np.asarray(loss)}
        for (name, p), g in zip(self.params.items(), grads, strict=True):
            snapshot[gradient_of(name)] = np.asarray(g)
            state = self.states[name]

            def update(p: Any, g: Any, *fields: Any, state: Any = state, **options: Any) -> Any:
                new, after = self.update(p, g, type(state)(*fields), **options)
                return (new, *after)

            new, *after = self._call(update, [p, g, *state], self.options, "optimizer step", t)
            self.params[name], self.states[name] = np.asarray(new), type(state)(*after)
            for field, value in zip(state._fields, after, strict=True):
                if value is not None:
                    snapshot[state_of(self.renamed.get(field, field), name)] = np.asarray(value)
            snapshot[name] = self.params[name]
        return snapshot

    def _gradients(self, value_and_grad: Callable[..., Any], batch: Batch, t: int) -> Any:
        k = len(self.params)

        def gradients(*arguments: Any) -> Any:
            loss, grads = value_and_grad(list(arguments[:k]), *arguments[k:])
            return (loss, *grads)

        return self._call(gradients, [*self.params.values(), *batch], {}, "backward", t)

    def _call(self, function: Callable[..., Any], arguments: list[Any], options: Any, what: str, t: int) -> Any:
        if t > 1:
            return function(*arguments, **options)
        outcome = observe(function, arguments, options, [f"argument {i}" for i in range(len(arguments))], what)
        self.findings += outcome.findings
        return function(*arguments, **options) if outcome.value is None else outcome.value


@dataclass
class ClassSuspect:
    """A suspect whose optimizer is an object with ``.step(params, grads)``; its state is its own, so it only runs free."""

    value_and_grad: Callable[..., Any] | None
    factory: Callable[..., Any]
    options: Mapping[str, Any]
    params: dict[str, Array]

    def __post_init__(self) -> None:
        self.findings: list[Any] = []
        self.optimizer = self.factory(**self.options)

    def load(self, snapshot: Snapshot, t: int) -> None:
        """Take over parameters; the state stays where it is."""
        self.params = {n: snapshot[n].astype(p.dtype) for n, p in self.params.items()}

    def step(self, batch: Batch, t: int) -> Snapshot:
        """Take one step; the object may change the arrays in place or return new ones."""
        params = [p.copy() for p in self.params.values()]
        loss, grads = (None, batch) if self.value_and_grad is None else self.value_and_grad([*map(np.copy, params)], *batch)
        snapshot: Snapshot = {} if loss is None else {"loss": np.asarray(loss)}
        snapshot.update({gradient_of(n): np.array(g) for n, g in zip(self.params, grads, strict=True)})
        returned = self.optimizer.step(params, [np.array(g) for g in grads])
        self.params = dict(zip(self.params, params if returned is None else returned, strict=True))
        return snapshot | {n: np.asarray(p) for n, p in self.params.items()}


class TwinSide:
    """The run of torch's own optimizer on a loss that autograd differentiates.

    Parameters
    ----------
    loss : callable, or None
        ``loss(params, *batch)`` returns a scalar tensor; None if the batch holds the gradients.
    optimizer : callable
        A class of `torch.optim`, or anything that takes a list of tensors and the options as it does.
    options : mapping
        Options of the optimizer.
    params : mapping
        Initial parameters.
    dtype, device : str
        Where and at which precision to run.
    shadow : TorchShadow, optional
        The noise of a shadow run.
    copies : int, optional
        Run that many shadow runs at once, stacked on a leading axis of all parameters, state and snapshots. Only for
        an optimizer that treats every element alone, see `elementwise`.
    """

    def __init__(
        self,
        loss: Callable[..., Any] | None,
        optimizer: Callable[..., Any],
        options: Mapping[str, Any],
        params: Mapping[str, Array],
        dtype: str,
        device: str = "cpu",
        shadow: TorchShadow | None = None,
        copies: int | None = None,
    ) -> None:
        self.copies = copies
        self.loss = loss if copies is None or loss is None else functools.partial(_each_copy, loss)
        self.dtype = getattr(torch, dtype)
        self.device = device
        self.shadow = shadow
        self.names = tuple(params)
        self.steps = 0
        self.tensors = [self._tensor(p).requires_grad_() for p in params.values()]
        self.optimizer = optimizer(self.tensors, **options)

    def _tensor(self, x: Any) -> Any:
        if not isinstance(x, np.ndarray):
            return x
        t = torch.from_numpy(np.array(x))
        if t.is_floating_point():
            t = t.to(self.dtype)
        if self.copies is not None:
            t = t.expand(self.copies, *t.shape).clone()
        if t.is_floating_point() and self.shadow is not None:
            t = self.shadow.perturb(t)
        return t.to(self.device)

    def load(self, snapshot: Snapshot, t: int) -> None:
        """Take over parameters and, after the first step, the state."""
        for name, p in zip(self.names, self.tensors, strict=True):
            p.data = self._tensor(snapshot[name])
            for quantity, old in self.optimizer.state[p].items():
                value = snapshot.get(state_of(quantity, name))
                if value is None:
                    continue
                if quantity == COUNTER:
                    self.optimizer.state[p][quantity] = (
                        torch.tensor(float(value), dtype=old.dtype) if isinstance(old, torch.Tensor) else int(value)
                    )
                else:
                    self.optimizer.state[p][quantity] = self._tensor(value)

    def step(self, batch: Batch, t: int) -> Snapshot:
        """Take one step and return all there is to compare."""
        self.steps += 1
        tensors = [self._tensor(x) for x in batch]
        with self.shadow or contextlib.nullcontext():
            snapshot: Snapshot = {}
            if self.loss is None:
                grads = tuple(tensors)
            else:
                loss = self.loss(self.tensors, *tensors)
                snapshot["loss"] = _numpy(loss)
                grads = torch.autograd.grad(loss, self.tensors, torch.ones_like(loss))
            for p, g in zip(self.tensors, grads, strict=True):
                p.grad = g.clone()
            self.optimizer.step()
        for name, p, g in zip(self.names, self.tensors, grads, strict=True):
            snapshot[gradient_of(name)] = _numpy(g)
            for quantity, value in self.optimizer.state[p].items():
                if value is not None:
                    snapshot[state_of(quantity, name)] = _numpy(value)
            snapshot[name] = _numpy(p)
        return snapshot


def _each_copy(loss: Callable[..., Any], params: list[torch.Tensor], *batch: Any) -> Any:
    return torch.vmap(lambda p, b: loss(p, *b), randomness="different")(params, batch)


def elementwise(optimizer: Callable[..., Any], options: Mapping[str, Any]) -> bool:
    """Say whether an optimizer treats every element alone: three steps on a stack are those on its parts, bit by bit."""
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(2, 3, 4, dtype=torch.float64, generator=generator)
    grads = torch.randn(3, 2, 3, 4, dtype=torch.float64, generator=generator)

    def end(params: list[torch.Tensor], grads: Sequence[Sequence[torch.Tensor]]) -> torch.Tensor:
        run = optimizer(params, **options)
        for step in grads:
            for p, g in zip(params, step, strict=True):
                p.grad = g.clone()
            run.step()
        return torch.stack(params).reshape(start.shape).detach()

    try:
        together = end([start.clone().requires_grad_()], [[g] for g in grads])
    except Exception:  # an optimizer that wants a closure, or parameters of another rank
        return False
    apart = end([p.clone().requires_grad_() for p in start], [list(g) for g in grads])
    return torch.equal(together, apart)


def _numpy(x: Any) -> Array:
    return np.array(x.detach().cpu().numpy() if isinstance(x, torch.Tensor) else x)


def _like(old: Any, new: Array, dtype: Any) -> Any:
    """Return a state value of the twin in the form the suspect keeps it: an int, a float or an array."""
    if isinstance(old, (int, np.integer)) and not isinstance(old, bool):
        return int(new)
    return float(new) if isinstance(old, float) else new.astype(dtype)
