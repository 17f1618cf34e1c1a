"""Arrays of every format in NumPy, which has no bfloat16 or float8: float32 carries them, and the type says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import PRECISIONS, STORED, Precision

if TYPE_CHECKING:
    import torch

__all__ = ["CARRIES", "dtype_name", "from_tensor", "is_carrying", "is_stored", "is_tensor", "rounded", "to_tensor"]

Array = NDArray[Any]

CARRIERS = {p.name: p.carrier for p in (*PRECISIONS.values(), *STORED.values()) if p.carrier != p.name}
CARRIES = "carries"
"""The entry in the metadata of a type, which no comparison of types looks at, that names what the array carries."""


def dtype_name(x: Array) -> str:
    """Return the name of an array's type, or of that which it carries."""
    metadata: Mapping[str, Any] = x.dtype.metadata or {}
    return str(metadata.get(CARRIES, x.dtype.name))


def is_tensor(x: Any) -> bool:
    """Return whether a value is a tensor."""
    import torch

    return isinstance(x, torch.Tensor)


def is_carrying(x: Any) -> bool:
    """Return whether a value is an array that carries numbers of another type than its own."""
    return isinstance(x, np.ndarray) and dtype_name(x) != x.dtype.name


def is_stored(x: Any) -> bool:
    """Return whether an array carries numbers of a format in which they are stored and nothing is computed."""
    return isinstance(x, np.ndarray) and dtype_name(x) in STORED


def rounded(x: Array, p: Precision) -> Array:
    """Return a floating array rounded to a precision, in the type that carries it; what is only stored stays."""
    if (p.carrier == p.name and x.dtype == p.name and not x.dtype.metadata) or is_stored(x):
        return x
    with np.errstate(over="ignore"):
        array = x.astype(p.carrier)
    return array if p.carrier == p.name else from_tensor(to_tensor(array, p.name))


def to_tensor(x: Array, dtype: str) -> torch.Tensor:
    """Return a copy of an array as a tensor, of that type if it is real, and of parts of that type if it is complex.

    What is only stored stays in its own type.
    """
    import torch

    t, target = torch.from_numpy(np.array(x)), getattr(torch, dtype_name(x) if is_stored(x) else dtype)
    if t.is_complex():
        return t.to(target.to_complex())
    return t.to(target) if t.is_floating_point() else t


def from_tensor(t: torch.Tensor) -> Array:
    """Return a tensor as an array, without a copy where NumPy has its type."""
    t = t.detach().cpu()
    name = str(t.dtype).removeprefix("torch.")
    if name not in CARRIERS:
        return np.asarray(t.resolve_conj().numpy())
    # A mode may have widened it.
    carrier = t.float().numpy().astype(CARRIERS[name], copy=False)
    return carrier.view(np.dtype(carrier.dtype, metadata={CARRIES: name}))
