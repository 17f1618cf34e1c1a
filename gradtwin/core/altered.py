"""A twin in which some calls of torch are others: what a PyTorch twin would be by another convention.

The calls are met as the twin makes them, in modules and in closures too: of `F.mse_loss` and of `x.square().mean()`
it is seen that they take a mean. What is computed inside of one of torch's kernels cannot be met.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

from gradtwin.core.call import Code, enter
from gradtwin.core.errors import UsageError

__all__ = ["PRODUCTS", "Alteration", "Altered", "Instead", "TorchCall"]

PRODUCTS = ("mul", "matmul", "dot", "inner", "vdot")
Instead = Callable[[], Any]
"""What is computed in place of a call."""


@dataclass(frozen=True)
class TorchCall:
    """A call of torch that a twin makes, with those that it made before.

    Parameters
    ----------
    operation : callable
        The function or method of torch.
    arguments : tuple
        Its positional arguments.
    options : mapping
        Its keyword arguments.
    past : Past
        The earlier calls of the same run.
    """

    operation: Any
    arguments: tuple[Any, ...]
    options: Mapping[str, Any]
    past: Past

    @property
    def name(self) -> str:
        """The name of the function, the same for a function and the method of that name."""
        return getattr(self.operation, "__name__", "").strip("_")

    @property
    def first(self) -> Any:
        """The first argument."""
        return self.arguments[0] if self.arguments else None

    @property
    def second(self) -> Any:
        """The second positional argument."""
        return self.arguments[1] if len(self.arguments) > 1 else None

    @property
    def is_square(self) -> bool:
        """Whether the call squares its first argument."""
        products = self.name in PRODUCTS and self.second is self.first
        power = self.name == "pow" and isinstance(self.second, (int, float)) and self.second == 2
        return products or power or self.name == "square"

    def option(self, name: str, place: int, default: Any = None) -> Any:
        """Return an argument that may be passed by name or at a place."""
        if name in self.options:
            return self.options[name]
        return self.arguments[place] if len(self.arguments) > place else default

    def again(self, *arguments: Any, **options: Any) -> Any:
        """Make the call, with other first arguments and other keyword arguments where they are passed."""
        return self.operation(*arguments, *self.arguments[len(arguments) :], **{**self.options, **options})


@dataclass
class Past:
    """The calls of a run, by what they returned; the results are kept, so that none takes the identity of another."""

    calls: list[TorchCall] = field(default_factory=list)
    made: dict[int, tuple[Any, TorchCall]] = field(default_factory=dict)

    def add(self, call: TorchCall, result: Any) -> None:
        """Take in a call and its result."""
        self.calls.append(call)
        self.made[id(result)] = result, call

    def maker(self, x: Any) -> TorchCall | None:
        """Return the call that returned `x`, the last one if there are several."""
        return self.made[id(x)][1] if id(x) in self.made else None

    def forget(self) -> None:
        """Let go of what was computed: the calls and this know each other, and would keep it for long."""
        self.calls.clear()
        self.made.clear()


Alteration = Callable[[TorchCall], Instead | None]
"""Returns what a convention has in place of a call, None where it has nothing to say of it."""


class _Watch(TorchFunctionMode):
    """Call what the alteration says in place of the calls that it knows: of all, or of one, by its number."""

    def __init__(self, alteration: Alteration, only: int | None, most: int | None) -> None:
        super().__init__()
        self._alteration, self._only, self._most = alteration, only, most
        self.past, self._met = Past(), 0

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        call = TorchCall(func, args, kwargs or {}, self.past)
        instead = self._alteration(call)
        self._met += instead is not None
        altered = instead is not None and self._only in (None, self._met - 1)
        result = instead() if altered and instead is not None else call.again()
        self.past.add(call, result)
        # Never at a call that makes no tensor: `no_grad` goes in and out by such, and must put autograd's mode back.
        if self._most is not None and len(self.past.calls) > self._most and isinstance(result, torch.Tensor):
            raise UsageError(f"Expected the twin to make no more than {self._most} calls of torch by a convention.")
        return result


@dataclass(frozen=True)
class Altered:
    """A twin's code with some calls altered.

    Parameters
    ----------
    original : callable
        The twin's code.
    alteration : Alteration
        What to call in place of what.
    only : int, optional
        The number of the one call to alter, of those that the alteration knows; all if not given.
    most : int, optional
        How many calls the code may make, before a UsageError.
    """

    original: Code
    alteration: Alteration
    only: int | None = None
    most: int | None = None

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        """Call the twin."""
        with _Watch(self.alteration, self.only, self.most) as watch:
            try:
                return enter(self.original, *arguments, **options)
            finally:
                watch.past.forget()
