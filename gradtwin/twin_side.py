"""The training run of torch: autograd's gradients, an optimizer of `torch.optim`, with or without noise."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.noise_torch import TorchShadow, under
from gradtwin.snapshot import COUNTER, Batch, Snapshot, gradient_of, state_of

__all__ = ["TwinSide", "elementwise"]

Array = NDArray[Any]


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
    exact_scalars : bool
        Whether the optimizer's scalars, for which torch takes its default type, get the type of the parameters.
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
        exact_scalars: bool = True,
        copies: int | None = None,
    ) -> None:
        self.scalars = getattr(torch, dtype) if exact_scalars else torch.get_default_dtype()
        self.copies = copies
        self.loss = loss if copies is None or loss is None else functools.partial(_each_copy, loss)
        self.dtype = getattr(torch, dtype)
        self.device = device
        self.shadow = shadow
        self.names = tuple(params)
        self.tensors = [self._tensor(p).requires_grad_() for p in params.values()]
        self.optimizer = optimizer(self.tensors, **options)

    def _tensor(self, x: Any, *, shared: bool = False) -> Any:
        """Return an array as this side needs it, on a stack of copies unless they share it."""
        if not isinstance(x, np.ndarray):
            return x
        t = torch.from_numpy(np.array(x))
        if t.is_floating_point():
            t = t.to(self.dtype)
        if self.copies is not None and not shared:
            t = t.expand(self.copies, *t.shape).clone()
        if t.is_floating_point() and self.shadow is not None:
            t = self.shadow.perturb_input(t)
        return t.to(self.device)

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; a snapshot without state is that of a run before its first step."""
        if all(name in self.names for name in snapshot):
            self.optimizer.state.clear()
        elif not any(self.optimizer.state[p] for p in self.tensors):
            self._make_state()
        for name, p in zip(self.names, self.tensors, strict=True):
            p.data = self._tensor(snapshot[name])
            state = self.optimizer.state[p]
            for quantity, old in state.items():
                value = snapshot.get(state_of(quantity, name))
                if value is None:
                    continue
                if quantity != COUNTER:
                    scalar = isinstance(old, torch.Tensor) and old.dim() == 0
                    new = self._tensor(value, shared=scalar)
                    state[quantity] = new.to(old.dtype) if scalar else new
                elif isinstance(old, torch.Tensor):
                    state[quantity] = torch.full_like(old, float(value))
                else:
                    state[quantity] = int(value)

    def _make_state(self) -> None:
        """Take a step along a zero gradient: an optimizer of torch has no state before its first step."""
        for p in self.tensors:
            p.grad = torch.zeros_like(p)
        with _default_type(self.scalars):
            self.optimizer.step()

    def step(self, batch: Batch) -> Snapshot:
        """Take one step and return all there is to compare."""
        tensors = [self._tensor(x) for x in batch]
        with under(self.shadow):
            snapshot: Snapshot = {}
            if self.loss is None:
                grads = tuple(tensors)
            else:
                loss = self.loss(self.tensors, *tensors)
                snapshot["loss"] = _numpy(loss)
                grads = torch.autograd.grad(loss, self.tensors, torch.ones_like(loss))
            for p, g in zip(self.tensors, grads, strict=True):
                p.grad = g.clone()
            with _default_type(self.scalars):
                self.optimizer.step()
        for name, p, g in zip(self.names, self.tensors, grads, strict=True):
            snapshot[gradient_of(name)] = _numpy(g)
            for quantity, value in self.optimizer.state[p].items():
                if value is not None:
                    snapshot[state_of(quantity, name)] = _numpy(value)
            snapshot[name] = _numpy(p)
        return snapshot


@contextlib.contextmanager
def _default_type(dtype: torch.dtype) -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype if dtype in (torch.float32, torch.float64) else before)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _each_copy(loss: Callable[..., Any], params: list[torch.Tensor], *batch: Any) -> Any:
    return torch.vmap(lambda p, b: loss(p, *b), randomness="different")(params, batch)


def elementwise(optimizer: Callable[..., Any], options: Mapping[str, Any]) -> bool:
    """Say whether an optimizer treats every element alone: steps on a stack are those on its parts, bit by bit."""
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
