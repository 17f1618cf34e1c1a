"""A function of JAX as one of tensors, which autograd differentiates and shadow runs give noise: it can be a twin."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes, _get_current_dispatch_mode

from gradtwin.core.bound import PRECISIONS
from gradtwin.core.call import Code, enter
from gradtwin.core.carrier import dtype_name, from_tensor, to_tensor
from gradtwin.core.noise_jax import Interpreter, without_rules
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.forms.jax_arrays import as_jax, as_numpy, enabled_for, is_floating, jax

__all__ = ["JaxTensors"]


@dataclass(frozen=True)
class JaxTensors:
    """A function of JAX's arrays as a function of tensors.

    Parameters
    ----------
    function : callable
        Takes and returns arrays of JAX.
    keeps_rules : bool
        Whether the gradients that somebody wrote by hand in it hold; if not, it is differentiated through them.
    """

    function: Code
    keeps_rules: bool = True

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        leaves, tree = jax().tree.flatten((arguments, options), is_leaf=lambda x: x is None)
        places = [i for i, x in enumerate(leaves) if isinstance(x, torch.Tensor)]

        def of_arrays(*arrays: Any) -> Any:
            whole = list(leaves)
            for i, x in zip(places, arrays, strict=True):
                whole[i] = x
            taken, chosen = jax().tree.unflatten(tree, whole)
            return enter(self.function, *taken, **chosen)

        program = _Program(of_arrays, self.keeps_rules)
        outputs = _Run.apply(program, *(leaves[i] for i in places))  # type: ignore[no-untyped-call]
        return outputs[0] if len(outputs) == 1 else outputs


@dataclass(frozen=True)
class _Program:
    """A function of arrays of JAX, which is taken apart into its operations."""

    function: Code
    keeps_rules: bool

    def outputs(self, arrays: Sequence[Any], shadow: TorchShadow | None) -> list[Any]:
        """Return the results, with noise if a shadow is given."""
        return Interpreter(shadow).run(self._jaxpr(arrays), arrays)

    def gradients(
        self, arrays: Sequence[Any], wanted: Sequence[bool], cotangents: Sequence[Any], shadow: TorchShadow | None
    ) -> list[Any]:
        """Return the gradients of the wanted arrays, for cotangents of the floating results."""
        function = importlib.import_module("jax.extend.core").jaxpr_as_fun(self._jaxpr(arrays))

        def pulled(arrays: Sequence[Any], cotangents: Sequence[Any]) -> Any:
            def floating(*targets: Any) -> list[Any]:
                remaining = iter(targets)
                taken = [next(remaining) if w else x for x, w in zip(arrays, wanted, strict=True)]
                return [x for x in function(*taken) if is_floating(x)]

            return jax().vjp(floating, *(x for x, w in zip(arrays, wanted, strict=True) if w))[1](list(cotangents))

        jaxpr = jax().make_jaxpr(pulled)(list(arrays), list(cotangents))
        return Interpreter(shadow).run(jaxpr, [*arrays, *cotangents])

    def _jaxpr(self, arrays: Sequence[Any]) -> Any:
        jaxpr = jax().make_jaxpr(self.function)(*arrays)
        return jaxpr if self.keeps_rules else without_rules(jaxpr)


class _Run(torch.autograd.Function):
    """A program within the graph of autograd."""

    @staticmethod
    def forward(ctx: Any, program: _Program, *tensors: torch.Tensor) -> Any:  # type: ignore[override]
        shadow = _active_shadow()
        with _disable_current_modes(), enabled_for(list(map(from_tensor, tensors))):
            results = program.outputs(list(map(_jax_array, tensors)), shadow)
            ctx.program = program
            ctx.floating = list(map(is_floating, results))
            ctx.save_for_backward(*tensors)
            return tuple(map(_tensor, results))

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:  # type: ignore[override]
        wanted, shadow = ctx.needs_input_grad[1:], _active_shadow()
        with _disable_current_modes(), enabled_for(list(map(from_tensor, ctx.saved_tensors))):
            arrays = list(map(_jax_array, ctx.saved_tensors))
            cotangents = [_jax_array(g) for g, f in zip(grads, ctx.floating, strict=True) if f]
            gradients = iter(ctx.program.gradients(arrays, wanted, cotangents, shadow))
            return (None, *(_tensor(next(gradients)) if w else None for w in wanted))


def _active_shadow() -> TorchShadow | None:
    mode = _get_current_dispatch_mode()
    return mode if isinstance(mode, TorchShadow) else None


def _jax_array(t: torch.Tensor) -> Any:
    # What has no precision is no floating tensor, and every precision will do.
    return as_jax(from_tensor(t), PRECISIONS.get(str(t.dtype).removeprefix("torch."), PRECISIONS["float64"]))


def _tensor(x: Any) -> torch.Tensor:
    array = as_numpy(x)
    return to_tensor(array, dtype_name(array))
