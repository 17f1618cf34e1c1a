"""Mistakes to be planted in what matched: each has to be refused."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch

__all__ = ["AT_ELEMENTS", "Mistake", "mapped", "options_spoiled", "with_gradient"]

Mistake = Callable[[Any], Any]
SHARE = 0.95
"""Of an option that is too small."""


def _too_large(x: Any) -> Any:
    return 1.25 * x


def _one_not_written(x: Any) -> Any:
    """Return an array or a tensor without its largest element: another may be 0 already."""
    if isinstance(x, torch.Tensor):
        return x.masked_fill(x.abs() == x.abs().max(), 0.0)
    size = np.abs(x)
    return np.where(size == size.max(), 0.0, x)


AT_ELEMENTS: tuple[Mistake, ...] = (_too_large, _one_not_written)
"""Times 1.25, and without the largest element."""


class _Planted(torch.autograd.Function):
    """An input as it is, whose gradient passes a mistake."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, mistake: Any) -> torch.Tensor:
        ctx.mistake = mistake
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return ctx.mistake(grads[0]), None


def with_gradient(suspect: Any, place: int, mistake: Mistake) -> Any:
    """Return a function of tensors whose gradient of one input passes a mistake."""
    is_class = isinstance(suspect, type) and issubclass(suspect, torch.autograd.Function)
    function = suspect.apply if is_class else suspect

    @functools.wraps(function)  # whose names the arguments of a check go by
    def planted(*inputs: Any, **options: Any) -> Any:
        values = list(inputs)
        values[place] = _Planted.apply(values[place], mistake)  # type: ignore[no-untyped-call]
        return function(*values, **options)

    return planted


def mapped(mistake: Mistake, value: Any) -> Any:
    """Return arrays, or tuples, lists and dicts of them, with the mistake in each."""
    if isinstance(value, (tuple, list)):
        return type(value)(mapped(mistake, x) for x in value)
    if isinstance(value, dict):
        return {name: mapped(mistake, x) for name, x in value.items()}
    return mistake(value)


def options_spoiled(maker: Any, options: Mapping[str, Any]) -> Iterator[Any]:
    """Yield makers of an optimizer that take the first and the last option, other than eps, for a smaller one."""
    telling = [i for i, name in enumerate(options) if name != "eps" and not isinstance(options[name], bool)]
    yield from (_with_option(maker, at) for at in dict.fromkeys((telling[0], telling[-1])))


def _with_option(maker: Any, at: int) -> Any:
    @functools.wraps(maker, updated=())
    def make(*leading: Any, **options: Any) -> Any:
        name = list(options)[at]
        return maker(*leading, **{**options, name: _smaller(options[name])})

    return make


def _smaller(value: Any) -> Any:
    return (SHARE * value[0], *value[1:]) if isinstance(value, tuple) else SHARE * value
