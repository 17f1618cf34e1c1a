"""A class of `torch.autograd.Function`, or its ``apply``: a forward whose backward was written by hand."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from gradtwin.core.call import enter
from gradtwin.core.errors import UsageError
from gradtwin.core.signatures import without_first
from gradtwin.forms.form import Form
from gradtwin.forms.tensors import TENSORS

__all__ = ["read"]


def read(suspect: Any) -> Form | None:
    """Return how a Function, or its ``apply``, is read; None of anything else."""
    function: Any = suspect if _is_function(suspect) else getattr(suspect, "__self__", None)
    if not _is_function(function):
        return None
    apply = Apply(function)
    words = f"torch.autograd.Function {function.__name__}, with the backward that it defines"
    return Form(words, apply, apply.parameters_of, TENSORS, promises=True, own_forward=apply.alone)


def _is_function(x: Any) -> bool:
    import torch

    return isinstance(x, type) and issubclass(x, torch.autograd.Function)


@dataclass(frozen=True)
class Apply:
    """The call of a Function, which takes its inputs by name, too, as its ``apply`` does not.

    Parameters
    ----------
    function : type
        The class.
    """

    function: Any

    @property
    def in_parts(self) -> bool:
        """Whether its forward knows no context, which a function of its own sets up."""
        import torch

        return bool(self.function.setup_context is not torch.autograd.Function.setup_context)

    @property
    def parameters_of(self) -> Callable[..., Any]:
        """The forward, or a stand-in that takes what it takes but for the context."""
        forward: Callable[..., Any] = self.function.forward
        return forward if self.in_parts else without_first(forward)

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        return enter(self.function.apply, *self._in_order(arguments, options))

    def alone(self, /, *arguments: Any, **options: Any) -> Any:
        """Return what the forward computes, as a function that autograd differentiates by itself."""
        in_order = self._in_order(arguments, options)
        context = () if self.in_parts else (_context(len(in_order)),)
        return enter(self.function.forward, *context, *in_order)

    def _in_order(self, arguments: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, ...]:
        if not options:
            return arguments
        call = inspect.signature(self.parameters_of).bind(*arguments, **options)
        call.apply_defaults()
        if call.kwargs:
            raise UsageError(
                f"Expected {self.function.__name__} to take {', '.join(call.kwargs)} by position, as autograd passes "
                "it; its forward takes it by name only."
            )
        return call.args


def _context(count: int) -> Any:
    """Return what stands for the context of a forward of which no backward is asked."""

    def ignore(*arguments: Any, **options: Any) -> None: ...

    names = ("save_for_backward", "save_for_forward", "mark_dirty", "mark_non_differentiable", "set_materialize_grads")
    return SimpleNamespace(needs_input_grad=(True,) * count, **dict.fromkeys(names, ignore))
