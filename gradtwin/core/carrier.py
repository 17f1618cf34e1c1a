"""Arrays of every precision in NumPy, which has no bfloat16: float32 carries its numbers, and the type says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import Precision, precision

if TYPE_CHECKING:
    import torch

__all__ = ["CARRIES", "dtype_name", "from_tensor", "is_carrying", "rounded", "to_tensor"]

Array = NDArray[Any]

CARRIES = "carries"
"""The entry in the metadata of a type, which no comparison of types looks at, that names what the array carries."""


def dtype_name(x: Array) -> str:
    """Return the name of an array's type, or of that which it carries."""
    metadata: Mapping[str, Any] = x.dtype.metadata or {}
    return str(metadata.get(CARRIES, x.dtype.name))


def is_carrying(x: Any) -> bool:
    """Return whether a value is an array that carries numbers of another type than its own."""
    return isinstance(x, np.ndarray) and dtype_name(x) != x.dtype.name


def rounded(x: Array, p: Precision) -> Array:
    """Return a floating array rounded to a precision, in the type that carries it."""
    if p.carrier == p.name and x.dtype == p.name:
        return x
    with np.errstate(over="ignore"):
        array = x.astype(p.carrier)
    return array if p.carrier == p.name else from_tensor(to_tensor(array, p.name))


def to_tensor(x: Array, dtype: str) -> torch.Tensor:
    """Return a copy of an array as a tensor, of that type if it is real, and of parts of that type if it is complex."""
    import torch

    t, target = torch.from_numpy(np.array(x)), getattr(torch, dtype)
    if t.is_complex():
        return t.to(target.to_complex())
    return t.to(target) if t.is_floating_point() else t


def from_tensor(t: torch.Tensor) -> Array:
    """Return a tensor as an array, without a copy where NumPy has its type."""
    t = t.detach().cpu()
    p = precision("bfloat16")
    if str(t.dtype) != f"torch.{p.name}":
        return np.asarray(t.resolve_conj().numpy())
    return t.float().numpy().view(np.dtype(p.carrier, metadata={CARRIES: p.name}))
