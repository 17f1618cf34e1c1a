"""Many shadow runs of one function in one pass: vmap over a leading axis of runs, below which noise is drawn for all.

Not every function can be run so. One that asks for a number of a tensor, or that has no rule for a stack, raises; one
that computes with tensors of its own gets noise there once for all runs, which is seen and refused; and one of which
vmap makes something else is seen beside a plain run. Then the runs are made one after the other.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch._decomp import get_decompositions
from torch.overrides import TorchFunctionMode

from gradtwin.core.noise_torch import TorchShadow, mark, under

__all__ = ["NotStackableError", "stacked", "stacking"]

aten = torch.ops.aten

STEPS = get_decompositions([aten.gru.input, aten.lstm.input, aten.rnn_relu.input, aten.rnn_tanh.input])
WITHOUT_RULE: dict[Any, Callable[..., Any]] = {
    torch.Tensor.lerp_: lambda start, end, weight: start.copy_(torch.lerp(start, end, weight)),
    torch.gru: STEPS[aten.gru.input],
    torch.lstm: STEPS[aten.lstm.input],
    torch.rnn_relu: STEPS[aten.rnn_relu.input],
    torch.rnn_tanh: STEPS[aten.rnn_tanh.input],
}


class NotStackableError(Exception):
    """A function whose runs have to be made one after the other."""


def stacked(
    answer: Callable[..., Sequence[torch.Tensor]],
    tensors: Sequence[torch.Tensor],
    shadow: TorchShadow | None,
    runs: int,
) -> tuple[torch.Tensor, ...]:
    """Return the results of that many runs of a function of tensors, each with a leading axis of runs.

    Raises
    ------
    NotStackableError
        If the function cannot be run on a stack.
    """
    # What is not on the stack is drawn once for all: so every input is, numbers of no dimension and indices too.
    # Cloned, since a twin may write into its inputs, and torch refuses that where the runs share their memory.
    stack = [x.expand(runs, *x.shape).clone() for x in tensors]
    if shadow is not None:
        stack = [mark(shadow.perturb_input(x) if x.is_floating_point() else x) for x in stack]
    with stacking(shadow):
        # By default vmap refuses whatever draws random numbers, also where nothing depends on them.
        results = torch.vmap(lambda *x: tuple(answer(*x)), randomness="different")(*stack)
    return tuple(x.detach() for x in results)


@contextlib.contextmanager
def stacking(shadow: TorchShadow | None) -> Iterator[None]:
    """Let a stack of runs, whose tensors are marked, be made in what follows; NotStackableError if it cannot be."""
    try:
        with _without_loops(), under(shadow), _StepByStep(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:  # vmap has many ways to say no
        raise NotStackableError(f"{type(error).__name__}: {error}") from error
    if shadow is not None and shadow.shared:
        raise NotStackableError("noise was drawn once for all runs")


class _StepByStep(TorchFunctionMode):
    """Run what vmap has no rule for, recurrent networks above all, as the operations of its steps."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return WITHOUT_RULE.get(func, func)(*args, **(kwargs or {}))


@contextlib.contextmanager
def _without_loops() -> Iterator[None]:
    """Make vmap refuse an operation without a rule instead of looping over it, which adds up slices and their noise."""
    functorch: Any = torch._C._functorch
    before = functorch._is_vmap_fallback_enabled()
    functorch._set_vmap_fallback_enabled(False)
    try:
        yield
    finally:
        functorch._set_vmap_fallback_enabled(before)
