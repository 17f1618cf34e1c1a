"""Code of tensors as a function of arrays: a function, an `nn.Module`, or a `torch.autograd.Function`.

The code is called with tensors that lie in the memory of the arrays, where NumPy has their type, so that what it writes
into its arguments is seen. Its gradients are what autograd makes of it.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradtwin.core.bound import Precision
from gradtwin.core.call import Code, StructureError, enter
from gradtwin.core.carrier import dtype_name, from_tensor, is_stored
from gradtwin.core.errors import UsageError

__all__ = ["Pullback", "TensorCode", "as_array", "callable_of", "is_tensor", "own_signature", "promises_a_graph"]

LOST = "has no gradient to return: its result has no graph (no_grad, detach, or numbers taken out of tensors)"


def is_tensor(x: Any) -> bool:
    """Return whether a value is a tensor."""
    import torch

    return isinstance(x, torch.Tensor)


def as_array(x: Any, what: str) -> Any:
    """Return a tensor as an array without its graph, and anything else as it is."""
    if not is_tensor(x):
        return x
    try:
        return from_tensor(x)
    except (TypeError, RuntimeError) as error:
        raise UsageError(
            f"Expected {what} to be a tensor whose numbers NumPy can hold; got one of {x.dtype} and {x.layout}."
        ) from error


def callable_of(suspect: Any) -> Any:
    """Return what is called of a suspect: of a class of autograd's, its ``apply``."""
    return suspect.apply if _is_function(suspect) else suspect


def own_signature(suspect: Any) -> Any:
    """Return the function whose parameters name the inputs: a ``forward``, where the suspect only leads to one."""
    import torch

    if isinstance(suspect, torch.nn.Module):
        return suspect.forward
    owner: Any = getattr(suspect, "__self__", None)
    if not _is_function(owner):
        return suspect
    in_parts = owner.setup_context is not torch.autograd.Function.setup_context
    return owner.forward if in_parts else _without_first(owner.forward)


def promises_a_graph(suspect: Any) -> bool:
    """Return whether a result without a graph is a fault, as it is none of a plain function's."""
    import torch

    return isinstance(suspect, torch.nn.Module) or _is_function(getattr(suspect, "__self__", None))


def _is_function(x: Any) -> bool:
    import torch

    return isinstance(x, type) and issubclass(x, torch.autograd.Function)


def _without_first(function: Code) -> Code:
    """Return a stand-in for a function that takes what it takes but for the first argument, the context."""

    def stand_in() -> None: ...

    signature = inspect.signature(function)
    others = list(signature.parameters.values())[1:]
    setattr(stand_in, "__signature__", signature.replace(parameters=others))  # noqa: B010  mypy knows no such attribute
    return stand_in


@dataclass(frozen=True)
class TensorCode:
    """A function of tensors as one of arrays.

    Parameters
    ----------
    function : callable
        Takes and returns tensors.
    precision : Precision
        That of the arrays that carry it; an array of another type becomes a tensor of that type.
    """

    function: Code
    precision: Precision

    def __call__(self, /, *arrays: Any, **options: Any) -> Any:
        tensors = [self.tensor(x) for x in arrays]
        value = enter(self.function, *tensors, **{name: self.tensor(x) for name, x in options.items()})
        for x, t in zip(arrays, tensors, strict=True):
            _write_back(x, t)
        return _arrays(value)

    def tensor(self, x: Any) -> Any:
        """Return an array as a tensor, in tuples and lists too, and anything else as it is."""
        import torch

        if isinstance(x, (tuple, list)):
            return _rebuilt(x, [self.tensor(part) for part in x])
        if not isinstance(x, np.ndarray):
            return x
        if type(x) is not np.ndarray:
            raise TypeError(f"{type(x).__name__} cannot be handed to code of tensors")
        x = x.copy() if min(x.strides, default=0) < 0 else x  # torch has no strides backwards
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of memory that is read-only; whether it is written into is watched
            t = torch.from_numpy(x)
        carries_another = self.precision.carrier != self.precision.name and x.dtype == self.precision.carrier
        name = dtype_name(x) if is_stored(x) else self.precision.name if carries_another else None
        with torch._C.DisableTorchFunction():  # it is no operation of the code, should somebody watch that
            return t if name is None else t.to(getattr(torch, name))


@dataclass(frozen=True)
class Pullback:
    """The gradients that autograd makes of a function of tensors, as a backward of arrays.

    Parameters
    ----------
    code : TensorCode
        The function.
    wanted : sequence of bool
        Which inputs get a gradient.
    """

    code: TensorCode
    wanted: Sequence[bool]

    def __call__(self, /, grad: Any, *arrays: Any, **options: Any) -> Any:
        import torch

        leaves, outputs = self._forward(arrays, options)
        grads = [self.code.tensor(g) for g in map(_whole, grad if isinstance(grad, tuple) else (grad,))]
        pairs = [(o, g.to(o.dtype)) for o, g in zip(outputs, grads, strict=True) if _has_graph(o)]
        if not pairs:
            raise StructureError(LOST)
        live, cotangents = zip(*pairs, strict=True)
        targets = [x for x, w in zip(leaves, self.wanted, strict=True) if w]
        gradients = iter(torch.autograd.grad(live, targets, cotangents, allow_unused=True))
        return tuple(_arrays(next(gradients)) if w else None for w in self.wanted)

    def has_graph(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> bool:
        """Return whether a result on these inputs carries a graph."""
        return any(map(_has_graph, self._forward(arrays, options)[1]))

    def _forward(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
        """Return the tensors that the function was called with, and those that it returned."""
        import torch

        leaves = [self.code.tensor(x) for x in arrays]
        for x, w in zip(leaves, self.wanted, strict=True):
            if w:
                x.requires_grad_()
        with torch.enable_grad():  # whoever has switched it off has been seen to, forward
            value = enter(self.code.function, *leaves, **{name: self.code.tensor(x) for name, x in options.items()})
        return leaves, [o for o in (value if isinstance(value, (tuple, list)) else (value,)) if o is not None]


def _has_graph(x: Any) -> bool:
    return is_tensor(x) and bool(x.requires_grad)


def _whole(x: Any) -> Any:
    """Return a number of NumPy's, as arithmetic makes it of an array without axes, as that array again."""
    return np.asarray(x) if isinstance(x, np.generic) else x


def _rebuilt(x: Any, parts: list[Any]) -> Any:
    return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)


def _arrays(value: Any) -> Any:
    """Return the tensors of a result as arrays, in tuples and lists too, and anything else as it is."""
    if isinstance(value, (tuple, list)):
        return _rebuilt(value, [_arrays(part) for part in value])
    return from_tensor(value) if is_tensor(value) else value


def _write_back(x: Any, t: Any) -> None:
    """Write into an array what was written into the tensor that was made of it, where they are not one memory."""
    if isinstance(x, np.ndarray) and x.flags.writeable and t.data_ptr() != x.__array_interface__["data"][0]:
        x[...] = from_tensor(t)
