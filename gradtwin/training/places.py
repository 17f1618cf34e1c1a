"""The places of a state, whatever it is made of: NamedTuples, tuples, lists, mappings, objects, arrays, numbers."""

from __future__ import annotations

import copy
import numbers
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

__all__ = ["filled", "is_mutable", "is_number", "numbers_in", "owned", "slots"]

Part = tuple[str, Any, Any]
"""A part of a value: what is added to the name of the value, the key that it is found by, and the part."""


def slots(state: Any, name: str = "") -> dict[str, Any]:
    """Return whatever a state holds, by the name of its place; a place that holds None counts.

    The names are those of fields, attributes and keys, such as ``exp_avg``; places without a name are ``state[1]``, and
    a state that is one array is ``state``.
    """
    parts = _parts(state)
    if parts is None:
        return {name or "state": state}
    return {place: x for suffix, _, part in parts for place, x in slots(part, _joined(name, suffix)).items()}


def numbers_in(state: Any) -> dict[str, Any]:
    """Return the numbers and arrays of numbers that a state holds, by the names of their places."""
    return {place: x for place, x in slots(state).items() if is_number(x)}


def filled(state: Any, values: Mapping[str, Any], name: str = "") -> Any:
    """Return a copy of a state with other contents in some places; no container of it is shared with the copy."""
    parts = _parts(state)
    if parts is None:
        return values.get(name or "state", state)
    contents = [(key, filled(part, values, _joined(name, suffix))) for suffix, key, part in parts]
    if isinstance(state, (tuple, list)):
        whole = [part for _, part in contents]
        return type(state)(*whole) if hasattr(state, "_fields") else type(state)(whole)
    after = copy.copy(state)
    for key, part in contents:
        if isinstance(after, Mapping):
            after[key] = part  # type: ignore[index]
        else:
            object.__setattr__(after, key, part)  # a frozen dataclass has no other way
    return after


def owned(state: Any, shapes: Mapping[str, tuple[int, ...]], name: str = "") -> dict[str, tuple[str, Sequence[str]]]:
    """Return by place which quantity it is, and of which parameters, in a state of several parameters.

    Where a container holds an array for every parameter, of its shape, or a state alike for every parameter, each part
    is of one parameter, and all are one quantity. What is elsewhere belongs to all of them.
    """
    parts = _parts(state)
    names = list(shapes)
    if parts is None:
        return {name or "state": (name or "state", names)}
    if _is_of_each(parts, shapes):
        place = name or "state"
        return {_joined(name, suffix): (place, [names[i]]) for i, (suffix, _, _) in enumerate(parts)}
    inside = [slots(part, "?") for _, _, part in parts]
    alike = len(parts) == len(names) > 1 and all(places.keys() == inside[0].keys() for places in inside)
    if alike and not any(_is_of_each(_parts(part) or [], shapes) for _, _, part in parts):
        return {
            _joined(name, suffix) + place.removeprefix("?"): (f"{name}[:]{place.removeprefix('?')}", [names[i]])
            for i, (suffix, _, _) in enumerate(parts)
            for place in inside[i]
        }
    return {
        place: who for suffix, _, part in parts for place, who in owned(part, shapes, _joined(name, suffix)).items()
    }


def _is_of_each(parts: Sequence[Part], shapes: Mapping[str, tuple[int, ...]]) -> bool:
    by_name = {key for _, key, _ in parts} == set(shapes)
    in_order = [key for _, key, _ in parts] == list(range(len(shapes)))
    values = [part for _, _, part in parts]
    fits = all(x is None or (is_number(x) and np.shape(x) == s) for x, s in zip(values, shapes.values(), strict=False))
    return (by_name or in_order) and fits and any(x is not None for x in values)


def is_mutable(state: Any) -> bool:
    """Return whether a state is a container that a step may write into."""
    return not isinstance(state, tuple) and _parts(state) is not None


def is_number(x: Any) -> bool:
    """Return whether a value is a real number or an array of them."""
    if isinstance(x, torch.Tensor):
        return not x.is_complex()
    if isinstance(x, numbers.Number):
        return isinstance(x, numbers.Real)
    return hasattr(x, "__array__") and np.asarray(x).dtype.kind in "biuf"


def _parts(value: Any) -> list[Part] | None:
    """Return the parts of a value; None where it is none that is made of parts."""
    fields = getattr(value, "_fields", None)
    if isinstance(value, tuple) and fields is not None:
        return [(f".{field}", i, part) for i, (field, part) in enumerate(zip(fields, value, strict=True))]
    if isinstance(value, (tuple, list)):
        return [(f"[{i}]", i, part) for i, part in enumerate(value)]
    if isinstance(value, Mapping):
        return [(f".{key}" if isinstance(key, str) else f"[{key!r}]", key, part) for key, part in value.items()]
    alone = callable(value) or isinstance(value, type) or hasattr(value, "__array__")
    if alone or not hasattr(value, "__dict__"):
        return None
    return [(f".{attribute}", attribute, part) for attribute, part in vars(value).items()]


def _joined(name: str, suffix: str) -> str:
    if name:
        return name + suffix
    return suffix.removeprefix(".") if suffix.startswith(".") else f"state{suffix}"
