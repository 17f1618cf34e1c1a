"""What goes into a call and what comes back: copies of arguments, the arrays of a result, and what is no array."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["arrays_in", "is_record", "magnitude", "mapped", "misfits", "parts_of", "replica"]

Array = NDArray[Any]
NUMBERS = "biufc"
"""The kinds of dtype that hold numbers."""


def is_record(x: Any) -> bool:
    """Return whether a value is an instance of a dataclass."""
    return dataclasses.is_dataclass(x) and not isinstance(x, type)


def parts_of(x: Any) -> dict[str, Any] | None:
    """Return what a mapping, a dataclass, a tuple or a list holds, by how Python names it there; None of a leaf."""
    if isinstance(x, Mapping):
        return {f"[{key!r}]": part for key, part in x.items()}
    if is_record(x):
        return {f".{field.name}": getattr(x, field.name) for field in dataclasses.fields(x)}
    if isinstance(x, (tuple, list)):
        return {f"[{i}]": part for i, part in enumerate(x)}
    return None


def mapped(change: Callable[[Any], Any], x: Any) -> Any:
    """Return a value with each leaf of tuples, lists, mappings and dataclasses changed; the same one where none is."""
    if isinstance(x, (tuple, list)):
        parts = [mapped(change, part) for part in x]
        # A list that nothing is changed in stays itself, so that what is done to it afterwards is seen.
        if all(part is before for part, before in zip(parts, x, strict=True)):
            return x
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    if isinstance(x, Mapping):
        values = {key: mapped(change, part) for key, part in x.items()}
        return x if all(values[key] is part for key, part in x.items()) else values
    if is_record(x):
        fields = {f.name: getattr(x, f.name) for f in dataclasses.fields(x) if f.init}
        changed = {name: mapped(change, part) for name, part in fields.items()}
        return x if all(changed[n] is part for n, part in fields.items()) else dataclasses.replace(x, **changed)
    return change(x)


def replica(x: Any) -> Any:
    """Return a copy of an array with the same memory layout (gaps, zero strides, read-only flag) as the original.

    Tuples, lists and dicts are copied with the arrays in them; anything else is returned as it is.
    """
    if isinstance(x, (tuple, list)):
        copies = [replica(v) for v in x]
        return type(x)(*copies) if hasattr(x, "_fields") else type(x)(copies)
    if isinstance(x, dict):
        return {k: replica(v) for k, v in x.items()}
    if not isinstance(x, np.ndarray):
        return x
    root = x
    while isinstance(root.base, np.ndarray):
        root = root.base
    if root is x or not root.flags.c_contiguous:
        copy = x.copy(order="K")
    else:
        # At the same place in a copy of all the memory beneath: strides alone would lose gaps and overlaps.
        offset = x.__array_interface__["data"][0] - root.__array_interface__["data"][0]
        copy = np.ndarray(x.shape, x.dtype, root.copy(), offset, x.strides)
    copy.flags.writeable = x.flags.writeable
    return copy


def magnitude(values: Iterable[Any], kinds: str = NUMBERS) -> float:
    """Return the largest finite magnitude in the arrays of these kinds among some values."""
    arrays = [x for x in values if isinstance(x, np.ndarray) and x.dtype.kind in kinds]
    return max((float(np.max(np.abs(x), where=np.isfinite(x), initial=0.0)) for x in arrays), default=0.0)


def arrays_in(value: Any) -> list[Array]:
    """Return the arrays of a result (an array, or tuples and mappings of them) as a list."""
    return [np.asarray(leaf) for leaf in _leaves(value)]


def misfits(value: Any) -> Iterator[str]:
    """Yield what a result holds that is no array of numbers: `np.asarray` would make one of it, and another one."""
    for leaf in _leaves(value):
        words = _misfit(leaf)
        if words:
            yield words


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (tuple, list, Mapping)):
        for v in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(v)
    elif value is not None:
        yield value


def _misfit(x: Any) -> str | None:
    import torch

    # Before `np.asarray`, which drops the mask, and makes an ordinary array of a matrix.
    if isinstance(x, np.ma.MaskedArray):
        return "a masked array, of which only the array beneath the mask could be judged; return .filled() or .data"
    if isinstance(x, np.matrix):
        return "a np.matrix, whose products and slices are not those of an array; return np.asarray of it"
    if isinstance(x, torch.Tensor) and x.requires_grad:
        return "a tensor with a graph (requires_grad) for an array; return .detach().numpy()"
    try:
        kind = np.asarray(x).dtype.kind
    except (TypeError, ValueError, RuntimeError):  # NumPy makes no array of it
        kind = "O"
    if kind in NUMBERS:
        return None
    return f"an array of dtype {x.dtype}" if isinstance(x, np.ndarray) else f"a {type(x).__name__} where arrays belong"
