"""What an object shows of what it has learned, and the arrays and numbers in that, by their names in it."""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np

from gradtwin.core.call import enter
from gradtwin.core.carrier import is_tensor

__all__ = ["attributes_of", "leaves", "shown_by"]

NUMBERS = "biufc"
"""The kinds of dtype that hold numbers."""


def leaves(name: str, value: Any, like: Any, above: frozenset[int] = frozenset()) -> Iterator[tuple[str, Any]]:
    """Yield the arrays and numbers in a value by name: ``coef_``, ``coef_[0]``, ``layers_['first'].weight``.

    Parameters
    ----------
    name : str
        That of the value.
    value : object
        An array, a tensor, a number, or tuples, lists, mappings and objects of these; a list of numbers is one array.
        Text, None, functions and private attributes have no leaves.
    like : array or tensor, optional
        Numbers of Python's that are real come in its type, since they have none.
    above : frozenset of int
        The values around this one.
    """
    if _is_number(value) or _is_array(value):
        yield name, _typed(value, like) if type(value) is float else value
    elif isinstance(value, (tuple, list)) and not hasattr(value, "_fields") and _are_numbers(value):
        yield name, _typed(value, like) if all(type(x) is float for x in value) else _stacked(value)
    elif id(value) not in above:
        for inner, part in _parts(value):
            yield from leaves(f"{name}{inner}", part, like, above | {id(value)})


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield what is in a value, by how it is reached from there."""
    import torch

    if isinstance(value, Mapping):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, tuple) and hasattr(value, "_fields"):
        yield from ((f".{field}", part) for field, part in zip(value._fields, value, strict=True))
    elif isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.dtype.kind == "O"):
        yield from ((f"[{i}]", part) for i, part in enumerate(value))
    elif isinstance(value, torch.nn.Module):
        yield from ((f".{n}", x) for n, x in (*value.named_parameters(), *value.named_buffers()))
    elif not callable(value) and not isinstance(value, ModuleType):
        attributes = getattr(value, "__dict__", {})
        yield from ((f".{n}", x) for n, x in attributes.items() if not n.startswith("_"))


def _is_number(x: Any) -> bool:
    return isinstance(x, numbers.Number) or (isinstance(x, np.generic) and x.dtype.kind in NUMBERS)


def _is_array(x: Any) -> bool:
    """Return whether a value is an array of numbers, of NumPy's, torch's or another framework's."""
    if isinstance(x, np.ndarray):
        return x.dtype.kind in NUMBERS
    return is_tensor(x) or (hasattr(x, "__dlpack__") and hasattr(x, "shape"))


def _are_numbers(values: Any) -> bool:
    return bool(values) and all(_is_number(x) or (_is_array(x) and not x.shape) for x in values)


def _stacked(values: Any) -> Any:
    """Return numbers as one array, or as one tensor if there is one among them."""
    import torch

    if any(map(is_tensor, values)):
        return torch.stack([torch.as_tensor(x) for x in values])
    return np.asarray(values)


def _typed(x: Any, like: Any) -> Any:
    """Return a real number of Python's, or a list of them, in the type of `like`."""
    import torch

    if is_tensor(like):
        return torch.as_tensor(x, dtype=like.dtype, device=like.device)
    return np.asarray(x, np.float64 if like is None else like.dtype)


def attributes_of(x: Any) -> dict[str, Any]:
    """Return the attributes of an object, those in slots too."""
    slots = [n for kind in type(x).__mro__ for n in _names(getattr(kind, "__slots__", ()))]
    return {**{n: getattr(x, n) for n in slots if hasattr(x, n)}, **getattr(x, "__dict__", {})}


def _names(slots: Any) -> Sequence[str]:
    return (slots,) if isinstance(slots, str) else tuple(slots)


def shown_by(x: Any) -> dict[str, Any]:
    """Return what an object shows and nobody calls: its attributes, and its properties as far as they answer."""
    shown_by_object = {n: value for n, value in attributes_of(x).items() if not n.startswith("_")}
    for name in dir(type(x)):
        if not name.startswith("_") and isinstance(inspect.getattr_static(type(x), name), (property, cached_property)):
            try:
                shown_by_object[name] = enter(getattr, x, name)
            except Exception:  # one that there is nothing to answer for yet
                continue
    return shown_by_object
