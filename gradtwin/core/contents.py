"""What a value holds, pictured so that a change in it is seen, however deep, and can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ATOMS", "Contents", "bits"]

ATOMS = frozenset({bool, int, float, complex, str, bytes, type(None), np.float64, np.float32, np.int64})
"""Types of values that nobody can change."""


class Contents:
    """A value with all that is nested in it: dicts, lists, sets, attributes, arrays and tensors.

    Parameters
    ----------
    label : str
        How it is called.
    value : object
        The value.
    """

    def __init__(self, label: str, value: Any) -> None:
        self.label = label
        self._parts = [(x, _picture(x)) for x in _changeable(value)]

    @property
    def changed(self) -> bool:
        """Whether anything in it is not as it was."""
        return any(not _is_as(x, picture) for x, picture in self._parts)

    def settle(self) -> list[str]:
        """Put back what has changed, and return the label if there was anything."""
        if not self.changed:
            return []
        for x, picture in self._parts:
            _restore(x, picture)
        return [self.label]


def _parts(x: NDArray[Any]) -> list[NDArray[Any]]:
    """Return arrays that hold all of an array and nothing else: between long doubles lie bytes that nobody writes."""
    if x.dtype != np.longdouble:
        return [x]
    high = x.astype(np.float64)
    with np.errstate(invalid="ignore"):
        return [high, (x - high).astype(np.float64)]


def bits(x: Any) -> Any:
    """Return the bits of an array or a tensor, with shape and type; of any other value, what tells it from others."""
    import torch

    if isinstance(x, np.ndarray):
        return x.shape, x.dtype.str, *(part.tobytes() for part in _parts(x))
    if isinstance(x, torch.Tensor):
        try:
            flat = x.detach().cpu().resolve_conj().resolve_neg().contiguous().reshape(-1)
            # As bytes, since NumPy has no bfloat16.
            return tuple(x.shape), str(x.dtype), flat.view(torch.uint8).numpy().tobytes()
        except (RuntimeError, NotImplementedError):  # one that has no memory of its own, or not in one piece
            return id(x), x._version
    if isinstance(x, (list, tuple)):
        return type(x), [bits(v) for v in x]
    if isinstance(x, dict):
        return type(x), [(k, bits(v)) for k, v in x.items()]
    return (type(x), x) if type(x) in ATOMS or isinstance(x, (set, frozenset)) else id(x)


def _changeable(x: Any, visited: set[int] | None = None) -> Iterator[Any]:
    """Yield a value and what is nested in it, as far as it can be changed in place."""
    import torch

    visited = set() if visited is None else visited
    if type(x) in ATOMS or id(x) in visited or callable(x) or isinstance(x, ModuleType):
        return
    visited.add(id(x))
    if not isinstance(x, (tuple, frozenset)):
        yield x
    if isinstance(x, (np.ndarray, np.generic, torch.Tensor, set, frozenset)):
        return
    for value in list(_entries(x).values()) if not isinstance(x, (list, tuple)) else x:
        yield from _changeable(value, visited)


def _entries(x: Any) -> dict[Any, Any]:
    """Return a dict itself, or the attributes of an object."""
    entries = x if isinstance(x, dict) else getattr(x, "__dict__", None)
    return entries if isinstance(entries, dict) else {}


def _picture(x: Any) -> Any:
    """Return what `_is_as` compares a value with and `_restore` makes of it again."""
    import torch

    if isinstance(x, (np.ndarray, torch.Tensor)):
        return bits(x), x.copy() if isinstance(x, np.ndarray) else x.detach().clone()
    # Not a deep copy: what is nested has a picture of its own, and must stay the same object.
    return x.copy() if isinstance(x, (dict, list, set)) else _entries(x).copy()


def _is_as(x: Any, picture: Any) -> bool:
    """Return whether a value is as it was; further attributes of an object are its own affair."""
    if isinstance(picture, tuple):
        return bool(bits(x) == picture[0])
    if isinstance(x, list):
        return len(x) == len(picture) and all(map(_alike, x, picture))
    if isinstance(x, set):
        return bool(x == picture)
    entries = _entries(x)
    are_kept = all(name in entries and _alike(entries[name], value) for name, value in picture.items())
    # The order of a dict is seen by whoever goes through it, as parameters are gone through.
    return are_kept and (not isinstance(x, dict) or list(x) == list(picture))


def _alike(a: Any, b: Any) -> bool:
    """Return whether one value can stand for another: the same, or one of the same type and contents."""
    return a is b or bool(bits(a) == bits(b))


def _restore(x: Any, picture: Any) -> None:
    """Make a value what it was."""
    import torch

    if isinstance(x, torch.Tensor):
        with torch.no_grad():
            if x.shape != picture[1].shape:
                x.data = picture[1].clone()
            x.copy_(picture[1])
    elif isinstance(x, np.ndarray):
        if x.flags.writeable:
            _reshape(x, picture[1].shape)
            x[...] = picture[1]
    elif isinstance(x, list):
        x[:] = picture
    else:
        if isinstance(x, (dict, set)):
            x.clear()
        (x if isinstance(x, set) else _entries(x)).update(picture)


def _reshape(x: NDArray[Any], shape: tuple[int, ...]) -> None:
    """Give an array, in place, the shape that it had."""
    if x.shape != shape:
        try:
            x.resize(shape, refcheck=False)
        except ValueError:  # one without memory of its own, of which the size cannot have changed
            x.shape = shape
