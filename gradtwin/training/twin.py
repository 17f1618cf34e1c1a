"""The training run of torch: autograd's gradients, an optimizer of `torch.optim`, with or without noise."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.noise_torch import TorchShadow, under
from gradtwin.training.method import Method
from gradtwin.training.snapshot import ALL, COUNTER, Batch, Snapshot, gradient_of, state_of

__all__ = ["TwinSide", "elementwise"]

Array = NDArray[Any]
LISTED = frozenset({"old_dirs", "old_stps", "ro"})
"""State that torch keeps as a list of tensors; here they are stacked."""
SCRAPS = frozenset({"al"})
"""What torch leaves in the state and never reads again."""


class TwinSide:
    """The run of torch's own optimizer on a loss that autograd differentiates.

    Parameters
    ----------
    loss : callable, or None
        ``loss(params, *batch)`` returns a scalar tensor; None if the batch holds the gradients.
    optimizer : callable
        A class of `torch.optim`, or anything that takes a list of tensors and the options as it does.
    method : Method
        The optimizer's options.
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
    coupled : bool
        Whether the optimizer takes a closure, and keeps one state for all parameters.
    sparse : bool
        Whether the gradients are sparse tensors.
    """

    def __init__(
        self,
        loss: Callable[..., Any] | None,
        optimizer: Callable[..., Any],
        method: Method,
        params: Mapping[str, Array],
        dtype: str,
        device: str = "cpu",
        shadow: TorchShadow | None = None,
        exact_scalars: bool = True,
        copies: int | None = None,
        coupled: bool = False,
        sparse: bool = False,
    ) -> None:
        self.scalars = getattr(torch, dtype) if exact_scalars else torch.get_default_dtype()
        self.copies = copies
        self.loss = loss if copies is None or loss is None else functools.partial(_each_copy, loss)
        self.dtype = getattr(torch, dtype)
        self.device = device
        self.shadow = shadow
        self.coupled = coupled
        self.sparse = sparse
        self.method = method
        self.pairs = method.variant == "complex"
        self.names = tuple(params)
        self.tensors = [self._tensor(p).requires_grad_() for p in params.values()]
        if method.variant == "differentiable":  # torch then updates tensors in place that are no leaves
            self.tensors = [p.clone() for p in self.tensors]
        self.optimizer = method.optimizer(optimizer, dict(zip(self.names, self.tensors, strict=True)), device)
        self.steps = 0

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
        if self.pairs and t.is_floating_point() and t.dim() and not shared:
            t = torch.view_as_complex(t)
        return t.to(self.device)

    def _owners(self) -> list[tuple[str, torch.Tensor]]:
        """Return the tensors that torch keeps state for, by the name that the state has in a snapshot."""
        return [(ALL, self.tensors[0])] if self.coupled else list(zip(self.names, self.tensors, strict=True))

    def load(self, snapshot: Snapshot) -> None:
        """Take over parameters and state; a parameter without state is one before its first step."""
        for name, p in zip(self.names, self.tensors, strict=True):
            p.data = self._tensor(snapshot[name])
        for name, p in self._owners():
            held = {key.removesuffix(f" of {name}"): x for key, x in snapshot.items() if key.endswith(f" of {name}")}
            held.pop("gradient", None)
            if not held:
                self.optimizer.state.pop(p, None)
            elif self.coupled:
                empty: dict[str, Any] = {k: [] for k in LISTED}
                self.optimizer.state[p] = empty | {k: self._listed(k, x) for k, x in held.items()}
            else:
                self._fill(p, held)

    def _listed(self, quantity: str, x: Array) -> Any:
        """Return a quantity of a coupled state as torch keeps it: a count, a tensor, or a list of tensors."""
        if x.dtype.kind in "iu":
            return int(x)
        return [self._tensor(np.array(row)) for row in x] if quantity in LISTED else self._tensor(x)

    def _fill(self, p: torch.Tensor, held: Mapping[str, Array]) -> None:
        if not self.optimizer.state[p]:
            self._make_state()
        state = self.optimizer.state[p]
        for quantity, old in state.items():
            value = held.get(quantity)
            if value is None:
                continue
            if quantity != COUNTER:
                scalar = isinstance(old, torch.Tensor) and old.dim() == value.ndim == 0
                new = self._tensor(value, shared=scalar)
                state[quantity] = new.to(old.dtype) if scalar else new
            elif isinstance(old, torch.Tensor):
                state[quantity] = torch.full_like(old, float(value))
            else:
                state[quantity] = int(value)

    def _make_state(self) -> None:
        """Take a step along a zero gradient: an optimizer of torch has no state before its first step."""
        before = [p.detach().clone() for p in self.tensors]
        for p in self.tensors:
            p.grad = torch.zeros_like(p).to_sparse(1) if self.sparse else torch.zeros_like(p)
        with _default_type(self.scalars):
            self.optimizer.step()
        for p, x in zip(self.tensors, before, strict=True):
            p.data = x

    def resume(self, snapshot: Snapshot) -> None:
        """Take over parameters and state as a user of torch would, through `load_state_dict`."""
        self.load(snapshot)
        self.optimizer.load_state_dict(self.optimizer.state_dict())

    def step(self, batch: Batch) -> Snapshot:
        """Take one step and return all there is to compare."""
        tensors = [self._tensor(x) for x in batch]
        for group, changed in zip(self.optimizer.param_groups, self._changes(), strict=False):
            group.update(changed)
        snapshot: Snapshot = {}
        with under(self.shadow):
            if self.coupled:
                self._step_with_closure(tensors, snapshot)
            else:
                grads = self._given(batch, tensors) if self.loss is None else self._backward(tensors, snapshot)
                for p, g in zip(self.tensors, grads, strict=True):
                    p.grad = None if g is None else g.clone()
                with _default_type(self.scalars):
                    self.optimizer.step()
                self._record_gradients(grads, snapshot)
        for name, p in self._owners():
            for quantity, value in self.optimizer.state[p].items() if p in self.optimizer.state else ():
                if value is not None and value != [] and quantity not in SCRAPS:
                    snapshot[state_of(quantity, name)] = _numpy(value)
        for name, p in zip(self.names, self.tensors, strict=True):
            snapshot[name] = _numpy(p)
        self.steps += 1
        return snapshot

    def _changes(self) -> list[Mapping[str, Any]]:
        """Return what the schedule changes in each group of options at this step."""
        if not self.method.schedule:
            return []
        changed = self.method.schedule[self.steps]
        return [changed[name] for name in self.names]

    def _given(self, batch: Batch, tensors: Sequence[Any]) -> list[torch.Tensor | None]:
        """Return the gradients that the batch holds; a pair of indices and rows is a sparse one."""

        def sparse(pair: tuple[Array, Array], p: torch.Tensor) -> torch.Tensor:
            indices, rows = (self._tensor(part) for part in pair)
            return torch.sparse_coo_tensor(indices[None], rows, p.shape, check_invariants=True)

        given = zip(batch, tensors, self.tensors, strict=True)
        return [sparse(x, p) if isinstance(x, tuple) else t for x, t, p in given]

    def _backward(self, tensors: Sequence[Any], snapshot: Snapshot) -> Sequence[torch.Tensor]:
        assert self.loss is not None
        loss = self.loss(self.tensors, *tensors)
        snapshot.setdefault("loss", _numpy(loss))
        return torch.autograd.grad(loss, self.tensors, torch.ones_like(loss))

    def _step_with_closure(self, tensors: Sequence[Any], snapshot: Snapshot) -> None:
        """Take one step of an optimizer that asks for loss and gradients; the first answer is recorded."""

        def closure() -> torch.Tensor:
            seen: Snapshot = {}
            with torch.enable_grad():
                grads = self._backward(tensors, seen)
            for p, g in zip(self.tensors, grads, strict=True):
                p.grad = g
            if not snapshot:
                snapshot.update(seen)
                self._record_gradients(grads, snapshot)
            return torch.from_numpy(seen["loss"]).to(self.dtype)

        with _default_type(self.scalars):
            self.optimizer.step(closure)

    def _record_gradients(self, grads: Sequence[torch.Tensor | None], snapshot: Snapshot) -> None:
        for name, g in zip(self.names, grads, strict=True):
            if g is not None:
                snapshot[gradient_of(name)] = _numpy(g.to_dense() if g.is_sparse else g)


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
    matrices = torch.randn(2, 3, 4, dtype=torch.float64, generator=generator)
    steps = torch.randn(3, 2, 3, 4, dtype=torch.float64, generator=generator)

    def end(param: torch.Tensor, grads: torch.Tensor) -> torch.Tensor:
        param = param.clone().requires_grad_()
        run = optimizer([param], **options)
        for g in grads:
            param.grad = g.clone()
            run.step()
        return param.detach()

    def alike(start: torch.Tensor, grads: torch.Tensor) -> bool:
        apart = [end(p, grads[:, i]) for i, p in enumerate(start)]
        return torch.equal(end(start, grads), torch.stack(apart))

    try:
        return alike(matrices, steps) and alike(matrices[:, 0], steps[:, :, 0])
    except Exception:  # an optimizer that wants a closure, sparse gradients, or parameters of one rank only
        return False


def _numpy(x: Any) -> Array:
    if isinstance(x, (list, tuple)):
        return np.stack([_numpy(part) for part in x])
    if not isinstance(x, torch.Tensor):
        return np.array(x)
    x = x.detach().cpu()
    return np.array((torch.view_as_real(x) if x.is_complex() else x).numpy())
