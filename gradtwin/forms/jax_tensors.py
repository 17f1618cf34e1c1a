"""A function of JAX as one of tensors, which autograd differentiates and shadow runs give noise: it can be a twin."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils._python_dispatch import _disable_current_modes, _get_current_dispatch_mode

from gradtwin.core.bound import PRECISIONS
from gradtwin.core.call import Code, enter
from gradtwin.core.carrier import dtype_name, from_tensor, to_tensor
from gradtwin.core.errors import UsageError, place_of
from gradtwin.core.jax_types import enabled_for
from gradtwin.core.jaxprs import without_rules
from gradtwin.core.noise_jax import Interpreter
from gradtwin.core.noise_torch import TorchShadow
from gradtwin.forms.jax_arrays import as_jax, as_numpy, is_floating, jax

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
    _programs: dict[Any, _Program] = field(default_factory=dict, repr=False, compare=False)

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        leaves, tree = jax().tree.flatten((arguments, options), is_leaf=lambda x: x is None)
        tensors = [x for x in leaves if isinstance(x, torch.Tensor)]
        outputs = _Run.apply(self._program(leaves, tree), *tensors)  # type: ignore[no-untyped-call]
        return outputs[0] if len(outputs) == 1 else outputs

    def _program(self, leaves: Sequence[Any], tree: Any) -> _Program:
        """Return the function of the tensors among these arguments; it is taken apart once for each form."""
        places = [i for i, x in enumerate(leaves) if isinstance(x, torch.Tensor)]

        def of_arrays(*arrays: Any) -> Any:
            whole = list(leaves)
            for i, x in zip(places, arrays, strict=True):
                whole[i] = x
            taken, chosen = jax().tree.unflatten(tree, whole)
            return enter(self.function, *taken, **chosen)

        key = (tree, *(_form_of(x) for x in leaves))
        try:
            return self._programs.setdefault(key, _Program(of_arrays, self.keeps_rules))
        except TypeError:  # an argument that is no key
            return _Program(of_arrays, self.keeps_rules)


class _Program:
    """A function of arrays of JAX as its operations, forward and backward.

    Parameters
    ----------
    function : callable
        The function; always called with arrays of the same shapes and types.
    keeps_rules : bool
        Whether the gradients that somebody wrote by hand in it hold.
    """

    def __init__(self, function: Code, keeps_rules: bool) -> None:
        self.function = function
        self.keeps_rules = keeps_rules
        self._jaxprs: dict[Any, tuple[Any, Any]] = {}

    def outputs(self, arrays: Sequence[Any], shadow: TorchShadow | None) -> list[Any]:
        """Return the results, with noise if a shadow is given."""
        return self._run("forward", self._forward, arrays, shadow)

    def gradients(
        self, arrays: Sequence[Any], wanted: Sequence[bool], cotangents: Sequence[Any], shadow: TorchShadow | None
    ) -> list[Any]:
        """Return the gradients of the wanted arrays, for cotangents of the floating results."""
        compiled = self._jaxpr("forward", self._forward, arrays)[1]

        def pulled(*values: Any) -> Any:
            inputs = values[: len(arrays)]

            def floating(*targets: Any) -> list[Any]:
                remaining = iter(targets)
                taken = [next(remaining) if w else x for x, w in zip(inputs, wanted, strict=True)]
                return [x for x in compiled(*taken) if is_floating(x)]

            pull = jax().vjp(floating, *(x for x, w in zip(inputs, wanted, strict=True) if w))[1]
            return pull(list(values[len(arrays) :]))

        return self._run(
            tuple(wanted), lambda values: jax().make_jaxpr(pulled)(*values), [*arrays, *cotangents], shadow
        )

    def _forward(self, arrays: Sequence[Any]) -> Any:
        try:
            jaxpr = jax().make_jaxpr(self.function)(*arrays)
        except jax().errors.JAXTypeError as error:
            raise UsageError(
                "Expected a function of JAX that jax.make_jaxpr can take apart, as shadow runs need; one asks for a "
                f"number{place_of(error)}. Write jnp.where or jax.lax.cond, or hand over a twin."
            ) from error
        return jaxpr if self.keeps_rules else without_rules(jaxpr)

    def _run(self, key: Any, make: Callable[..., Any], arrays: Sequence[Any], shadow: TorchShadow | None) -> list[Any]:
        jaxpr, compiled = self._jaxpr(key, make, arrays)
        return list(compiled(*arrays)) if shadow is None else Interpreter(shadow).run(jaxpr, arrays)

    def _jaxpr(self, key: Any, make: Callable[..., Any], arrays: Sequence[Any]) -> tuple[Any, Any]:
        """Return the operations that are made for arrays like these, and the function of them that JAX compiles."""
        if key not in self._jaxprs:
            jaxpr = make(arrays)
            function = importlib.import_module("jax.extend.core").jaxpr_as_fun(jaxpr)
            self._jaxprs[key] = jaxpr, jax().jit(function)
        return self._jaxprs[key]


class _Run(torch.autograd.Function):
    """A program within the graph of autograd."""

    @staticmethod
    def forward(ctx: Any, program: _Program, *tensors: torch.Tensor) -> Any:
        shadow = _active_shadow()
        with _disable_current_modes(), enabled_for(list(map(from_tensor, tensors))):
            results = program.outputs(list(map(_jax_array, tensors)), shadow)
            ctx.program = program
            ctx.floating = list(map(is_floating, results))
            ctx.save_for_backward(*tensors)
            return tuple(map(_tensor, results))

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        wanted, shadow = ctx.needs_input_grad[1:], _active_shadow()
        with _disable_current_modes(), enabled_for(list(map(from_tensor, ctx.saved_tensors))):
            arrays = list(map(_jax_array, ctx.saved_tensors))
            cotangents = [_jax_array(g) for g, f in zip(grads, ctx.floating, strict=True) if f]
            gradients = iter(ctx.program.gradients(arrays, wanted, cotangents, shadow))
            return (None, *(_tensor(next(gradients)) if w else None for w in wanted))


def _active_shadow() -> TorchShadow | None:
    mode = _get_current_dispatch_mode()
    return mode if isinstance(mode, TorchShadow) else None


def _form_of(x: Any) -> Any:
    """Return what tells an argument from others of which the operations may be different."""
    return ("tensor", x.shape, x.dtype) if isinstance(x, torch.Tensor) else (type(x), x)


def _jax_array(t: torch.Tensor) -> Any:
    # What has no precision is no floating tensor, and every precision will do.
    return as_jax(from_tensor(t), PRECISIONS.get(str(t.dtype).removeprefix("torch."), PRECISIONS["float64"]))


def _tensor(x: Any) -> torch.Tensor:
    array = as_numpy(x)
    return to_tensor(array, dtype_name(array))
