"""The gradients of torch's loss for many runs: in one pass over a leading axis of runs, or one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gradtwin.core.bound import FIRST_LOOK, Precision, allowed, spread_of
from gradtwin.core.call import Code, enter
from gradtwin.core.errors import UsageError
from gradtwin.core.key import LOSS, gradient_of
from gradtwin.core.noise_torch import TorchShadow, mark, under
from gradtwin.core.stack import NotStackableError, stacking
from gradtwin.training.snapshot import Snapshot
from gradtwin.training.state import array_of

__all__ = ["Gradients", "gradients_at", "in_a_row", "in_one_pass", "stackable"]


@dataclass(frozen=True)
class Gradients:
    """The loss, if there is one, and gradients in the order of the parameters, None for one that is left alone."""

    loss: torch.Tensor | None
    grads: Sequence[Any]

    def at(self, i: int) -> Gradients:
        """Return those at a place of the leading axis."""
        return Gradients(None if self.loss is None else self.loss[i], [None if g is None else g[i] for g in self.grads])

    def unflattened(self, sizes: Sequence[int]) -> Gradients:
        """Return the same with several axes in the place of the leading one."""
        grads = [None if g is None else g.unflatten(0, sizes) for g in self.grads]
        return Gradients(None if self.loss is None else self.loss.unflatten(0, sizes), grads)

    def snapshot(self, names: Iterable[str]) -> Snapshot:
        """Return loss and gradients by key."""
        dense = [None if g is None else g.to_dense() if g.is_sparse else g for g in self.grads]
        pairs = zip(names, dense, strict=True)
        loss = {} if self.loss is None else {LOSS: array_of(self.loss)}
        return loss | {gradient_of(name): array_of(g) for name, g in pairs if g is not None}


def gradients_at(loss: Code, params: Sequence[torch.Tensor], batch: Sequence[Any]) -> Gradients:
    """Return the gradients of one run at its parameters, which must require them."""
    value = enter(loss, list(params), *batch)
    if not isinstance(value, torch.Tensor) or value.numel() != 1:
        came = f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else type(value).__name__
        raise UsageError(f"Expected twin to return the loss as a scalar tensor; got {came}.")
    return Gradients(value, torch.autograd.grad(value, params, torch.ones_like(value)))


def in_one_pass(
    loss: Code, params: Sequence[torch.Tensor], batch: Sequence[Any], shadow: TorchShadow | None
) -> Gradients:
    """Return the gradients of all runs on the leading axis of parameters and batch.

    Raises
    ------
    NotStackableError
        If the loss cannot be run so.
    """
    leaves = [mark(p.detach().clone().requires_grad_()) for p in params]
    stack = tuple(mark(x) for x in batch)
    axes = (0, tuple(0 if isinstance(x, torch.Tensor) else None for x in stack))
    with stacking(shadow):
        losses = torch.vmap(lambda p, b: enter(loss, p, *b), axes, randomness="different")(leaves, stack)
        # Backwards below vmap, not within: it takes the same operations on the stack, a fifth faster.
        grads = torch.autograd.grad(losses, leaves, mark(torch.ones_like(losses)))
    return Gradients(losses.detach(), grads)


def in_a_row(loss: Code, params: Sequence[torch.Tensor], batch: Sequence[Any], shadow: TorchShadow | None) -> Gradients:
    """Return the same, one run after the other."""
    runs = []
    for i in range(len(params[0])):
        leaves = [p[i].detach().requires_grad_() for p in params]
        with under(shadow):
            runs.append(gradients_at(loss, leaves, [x[i] if isinstance(x, torch.Tensor) else x for x in batch]))
    losses = torch.stack([run.loss.detach() for run in runs if run.loss is not None])
    return Gradients(losses, [torch.stack(grads) for grads in zip(*(run.grads for run in runs), strict=True)])


def stackable(loss: Code, params: Sequence[Any], batch: Sequence[Any], shadow: TorchShadow, p: Precision) -> bool:
    """Return whether runs of a loss on a stack are what they are alone, but for rounding at a precision."""

    def copies(parts: Sequence[Any]) -> list[Any]:
        return [x.expand(FIRST_LOOK, *x.shape) if isinstance(x, torch.Tensor) else x for x in parts]

    try:
        noisy, quiet = (in_one_pass(loss, copies(params), copies(batch), noise) for noise in (shadow, None))
    except NotStackableError:
        return False
    alone = gradients_at(loss, [x.detach().requires_grad_() for x in params], batch)
    for truth, runs, stack in zip(_arrays(alone), _arrays(noisy), _arrays(quiet), strict=True):
        # The spread about the stack's own result: about the truth, it would grant whatever else the stack is.
        if np.any(np.abs(stack - truth) > allowed(truth, spread_of(stack[0], runs), p)):
            return False
    return True


def _arrays(gradients: Gradients) -> list[Any]:
    return [x.detach().numpy() for x in (gradients.loss, *gradients.grads) if x is not None]
