"""What a function has besides its arguments: closure cells, defaults, attributes, and the globals that it names."""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from gradtwin.core.bound import CAPTURE_DEPTH, CAPTURE_WIDTH

if TYPE_CHECKING:
    import torch

__all__ = ["Place", "captured", "libraries_of", "modules_in", "names_in"]

LIBRARIES = sys.stdlib_module_names | {"numpy", "scipy", "torch", "jax", "sklearn"}
"""Packages whose functions are not looked into: what they capture is their own."""
OPAQUE = (type, ModuleType, BuiltinFunctionType, str, bytes, int, float, complex, np.generic, np.ufunc)
"""Types of values in which nothing is captured."""


@dataclass(frozen=True)
class Place:
    """A place from which a function takes an array or a module.

    Parameters
    ----------
    label : str
        Its name in the function.
    value : array, tensor or torch module
        What is there.
    holder : dict, list or cell, optional
        What binds it there; None where it cannot be bound anew.
    key : hashable
        Where it stands in a dict or a list.
    """

    label: str
    value: Any
    holder: Any = None
    key: Any = None

    @property
    def now(self) -> Any:
        """What is there now; the value itself where nothing else can be."""
        if isinstance(self.holder, CellType):
            return None if self.holder == CellType() else self.holder.cell_contents
        if isinstance(self.holder, list):
            return self.holder[self.key] if self.key < len(self.holder) else None
        return self.value if self.holder is None else self.holder.get(self.key)

    def bind(self) -> None:
        """Bind the value in its place again."""
        if isinstance(self.holder, CellType):
            self.holder.cell_contents = self.value
        elif isinstance(self.holder, list):
            self.holder[self.key : self.key + 1] = [self.value]
        elif self.holder is not None:
            self.holder[self.key] = self.value


def captured(function: Any) -> Iterator[Place]:
    """Yield the places from which a function takes arrays and modules, each array and module once."""
    visited: set[int] = set()
    yield from _reached(Place("", function), visited, CAPTURE_DEPTH)


def names_in(function: Any) -> set[str]:
    """Return the names of globals and of attributes in the code of a function."""
    return set(_names(function.__code__)) if isinstance(function, FunctionType) else set()


def libraries_of(x: Any) -> set[str]:
    """Return the packages that a callable belongs to, or whose things its code names, beneath what is put around it."""
    if isinstance(x, functools.partial):
        return libraries_of(x.func)
    inner = libraries_of(x.__wrapped__) if hasattr(x, "__wrapped__") else set()
    function = x.__func__ if isinstance(x, MethodType) else x if isinstance(x, FunctionType) else type(x).__call__
    if not isinstance(function, FunctionType):
        return inner | {_package_of(x)}
    # Names count as they stand, too: of a package that is imported within the function.
    values = [function.__globals__.get(name, name) for name in _names(function.__code__)]
    values += [cell.cell_contents for cell in function.__closure__ or () if cell != CellType()]
    return inner | {_package_of(function), *map(_package_of, values)}


def _package_of(x: Any) -> str:
    module = x.__name__ if isinstance(x, ModuleType) else x if isinstance(x, str) else getattr(x, "__module__", None)
    return str(module or type(x).__module__).partition(".")[0]


def modules_in(function: Any) -> Iterator[torch.nn.Module]:
    """Yield the modules that a function is, is a method of, is bound to, or has captured."""
    import torch

    yield from (place.value for place in captured(function) if isinstance(place.value, torch.nn.Module))


def _reached(place: Place, visited: set[int], depth: int) -> Iterator[Place]:
    import torch

    x = place.value
    if isinstance(x, OPAQUE) or x is None or id(x) in visited:
        return
    visited.add(id(x))
    if isinstance(x, (np.ndarray, torch.Tensor, torch.nn.Module)):
        yield place
    elif depth:
        for inner in _inside(x, place.label):
            yield from _reached(inner, visited, depth - 1)


def _inside(x: Any, label: str) -> Iterator[Place]:
    """Yield the places that one value holds."""
    if isinstance(x, FunctionType):
        yield from () if _is_of_a_library(x) else _of_function(x)
    elif isinstance(x, MethodType):
        yield Place(label, x.__func__)
        yield Place(label, x.__self__)
    elif isinstance(x, functools.partial):
        yield Place(label, x.func)
        yield from (Place(f"argument {i}", value) for i, value in enumerate(x.args))
        yield from (Place(name, value, x.keywords, name) for name, value in x.keywords.items())
    elif isinstance(x, (dict, list, tuple)):
        entries = x.items() if isinstance(x, dict) else enumerate(x)
        holder = None if isinstance(x, tuple) else x
        few = itertools.islice(entries, CAPTURE_WIDTH)
        yield from (Place(f"{label}[{key!r}]", value, holder, key) for key, value in few)
    elif isinstance(getattr(x, "__dict__", None), dict) and not _is_of_a_library(type(x)):
        yield from (Place(f"{type(x).__name__}.{name}", value, vars(x), name) for name, value in vars(x).items())


def _of_function(function: FunctionType) -> Iterator[Place]:
    """Yield what a function has in its closure and its defaults, and the globals that its code names."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if cell != CellType():  # one that is not filled yet
            yield Place(name, cell.cell_contents, cell)
    # Defaults belong to the last of the positional parameters.
    code, defaults = function.__code__, function.__defaults__ or ()
    last = code.co_varnames[: code.co_argcount][code.co_argcount - len(defaults) :]
    yield from (Place(name, value) for name, value in zip(last, defaults, strict=True))
    by_name: Mapping[str, Any] = function.__kwdefaults__ or {}
    yield from (Place(name, value, by_name, name) for name, value in by_name.items())
    names, scope = list(_names(code)), function.__globals__
    for name in names:
        value = scope.get(name)
        if isinstance(value, ModuleType) and value.__name__.partition(".")[0] not in LIBRARIES:
            # The names of attributes stand among those of globals: of `config.weight` both do.
            members = vars(value)
            yield from (Place(f"{name}.{n}", members[n], members, n) for n in names if n in members)
        elif value is not None:
            yield Place(name, value, scope, name)


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names in a function's code that may be globals, those of functions within it, too."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_of_a_library(x: Any) -> bool:
    return str(getattr(x, "__module__", "")).partition(".")[0] in LIBRARIES
