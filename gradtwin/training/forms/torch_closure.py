"""A subclass of `torch.optim.Optimizer` whose ``step(closure)`` asks for a closure; there has to be a loss."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.call import Code, enter
from gradtwin.core.signatures import needed
from gradtwin.training.forms import coupled
from gradtwin.training.forms.form import Form
from gradtwin.training.state import array_of

__all__ = ["form_of", "needs_a_closure"]

Array = NDArray[Any]
Closure = Callable[[Sequence[Array]], tuple[Any, Sequence[Array]]]


def needs_a_closure(optimizer: Any) -> bool:
    """Return whether an object, or a class, cannot take a step without a closure."""
    return any(name != "self" for name in needed(optimizer.step))


def form_of(own_maker: Code, name: str) -> Form:
    """Return how a subclass is read whose step takes a closure that sets gradients and returns the loss."""

    def init(params: Sequence[Array], **options: Any) -> _Opaque:
        tensors = [torch.from_numpy(np.array(p)).requires_grad_() for p in params]
        return _Opaque(tensors, enter(own_maker, tensors, **options))

    form = coupled.form_of(SimpleNamespace(init=init, step=_step))
    words = f"torch.optim.Optimizer {name}, of tensors, whose step takes a closure"
    return replace(form, words=words, in_reach=False, follows_schedule=False)


@dataclass(frozen=True, slots=True)
class _Opaque:
    """An optimizer and its tensors, into which nobody looks."""

    tensors: list[torch.Tensor]
    optimizer: Any

    def copy(self) -> _Opaque:
        """Return a copy of both that shares nothing with it."""
        # By its attributes: what torch itself copies of an optimizer lacks those of a subclass.
        tensors, attributes = copy.deepcopy((self.tensors, vars(self.optimizer)))
        optimizer = object.__new__(type(self.optimizer))
        vars(optimizer).update(attributes)
        return _Opaque(tensors, optimizer)


def _step(params: Sequence[Array], closure: Closure, state: _Opaque, **options: Any) -> tuple[list[Array], _Opaque]:
    """Take a step with a copy, so that it can be taken again."""
    after = state.copy()
    for tensor, p in zip(after.tensors, params, strict=True):
        tensor.data = torch.from_numpy(np.array(p))

    def of_tensors() -> torch.Tensor:
        loss, grads = closure([array_of(tensor) for tensor in after.tensors])
        for tensor, g in zip(after.tensors, grads, strict=True):
            tensor.grad = torch.from_numpy(np.array(g))
        return torch.as_tensor(np.asarray(loss))

    enter(after.optimizer.step, of_tensors)
    return [array_of(tensor) for tensor in after.tensors], after
