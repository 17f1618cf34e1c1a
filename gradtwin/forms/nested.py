"""Inputs and outputs that hold several arrays, in dicts, tuples or dataclasses, as inputs and outputs one by one."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gradtwin.core.call import Code, enter
from gradtwin.core.carrier import is_tensor
from gradtwin.core.results import is_record, mapped, parts_of
from gradtwin.forms.foreign import is_foreign

__all__ = ["NestedInputs", "ResultLayout", "is_nested", "leaves", "nested_inputs", "outline"]


def leaves(x: Any, name: str) -> dict[str, Any]:
    """Return the arrays that an input holds by their names: ``params['w']``; the input itself, where it holds none."""
    return dict(_leaves(x, name)) if is_nested(x) else {name: x}


def is_nested(x: Any) -> bool:
    """Return whether an input is a dict, a tuple, a list or a dataclass that holds an array somewhere."""
    return parts_of(x) is not None and any(True for _ in _leaves(x, ""))


def _leaves(x: Any, name: str) -> Iterator[tuple[str, Any]]:
    parts = parts_of(x)
    if parts is None:
        if _is_array(x):
            yield name, x
        return
    for label, part in parts.items():
        yield from _leaves(part, f"{name}{label}")


def _is_array(x: Any) -> bool:
    return isinstance(x, (np.ndarray, np.generic)) or is_tensor(x) or is_foreign(x)


def _refilled(template: Any, arrays: Iterator[Any]) -> Any:
    """Return an input with the next arrays in the places of its own."""
    return mapped(lambda x: next(arrays) if _is_array(x) else x, template) if is_nested(template) else next(arrays)


@dataclass(frozen=True)
class NestedInputs:
    """The inputs of a check, of which some hold several arrays.

    Parameters
    ----------
    names : tuple of str
        The names of the inputs as they came.
    templates : tuple
        The inputs as they came.
    arrays : mapping
        The arrays that they hold, and inputs that hold none, by their names.
    """

    names: tuple[str, ...]
    templates: tuple[Any, ...]
    arrays: Mapping[str, Any]

    @property
    def is_flat(self) -> bool:
        """Whether no input holds others."""
        return not any(map(is_nested, self.templates))

    def within(self, name: str) -> list[str]:
        """Return the names of the arrays that an input holds, or the name itself."""
        inside = dict(zip(self.names, self.templates, strict=True))
        return list(leaves(inside[name], name)) if name in inside else [name]

    def of_arrays(self, function: Code, before: int = 0) -> Code:
        """Return a function of the inputs as one of the arrays that they hold, after the arguments `before` them."""
        if self.is_flat:
            return function

        @functools.wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            arrays = iter(arguments[before:])
            inputs = [_refilled(template, arrays) for template in self.templates]
            return enter(function, *arguments[:before], *inputs, **options)

        return call


def nested_inputs(names: Sequence[str], values: Sequence[Any]) -> NestedInputs:
    """Return what inputs of these names hold."""
    arrays: dict[str, Any] = {}
    for name, x in zip(names, values, strict=True):
        arrays |= leaves(x, name)
    return NestedInputs(tuple(names), tuple(values), arrays)


def outline(value: Any) -> tuple[tuple[str, ...] | None, list[Any]]:
    """Return the names of the arrays of a result, in the order of these, and the arrays.

    The names are None, and the arrays those of the tuple, or the array, where a result holds nothing else.
    """
    parts = list(value) if isinstance(value, (tuple, list)) else [value]
    if not isinstance(value, Mapping) and not is_record(value) and all(parts_of(part) is None for part in parts):
        return None, parts
    named = sorted(_results(value, ""), key=lambda pair: pair[0])
    return tuple(name for name, _ in named), [x for _, x in named]


def _results(x: Any, name: str) -> Iterator[tuple[str, Any]]:
    parts = parts_of(x)
    if parts is None:
        yield name, x
        return
    for label, part in parts.items():
        # A dataclass and a dict of the same names are one.
        yield from _results(part, f"{name}[{label[1:]!r}]" if is_record(x) else f"{name}{label}")


@dataclass
class ResultLayout:
    """How a suspect lays out its results.

    Parameters
    ----------
    names : tuple of str, optional
        The names of the arrays of the last result; None where it was an array or a tuple of arrays.
    last : object
        The last result.
    """

    names: tuple[str, ...] | None = None
    last: Any = field(default=None, repr=False)

    def flat(self, forward: Code) -> Code:
        """Return a forward whose result is an array, or a tuple of arrays."""

        @functools.wraps(forward)
        def function(*arguments: Any, **options: Any) -> Any:
            value = enter(forward, *arguments, **options)
            self.names, arrays = outline(value)
            if self.names is None:
                return value
            self.last = value
            return tuple(arrays)

        return function

    def taking(self, backward: Code) -> Code:
        """Return a backward that is called with a tuple of cotangents, and gets them laid out as the results are."""

        @functools.wraps(backward)
        def function(grad: Any, *arguments: Any, **options: Any) -> Any:
            return enter(backward, self._laid_out(grad), *arguments, **options)

        return function

    def _laid_out(self, grad: Any) -> Any:
        if self.names is None:
            return grad
        by_name = dict(zip(self.names, grad if isinstance(grad, tuple) else (grad,), strict=True))
        places = iter([by_name[name] for name, _ in _results(self.last, "")])
        return mapped(lambda x: next(places), self.last)
