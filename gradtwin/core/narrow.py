"""Arrays of the narrow types that packages add to NumPy's, such as bfloat16, as arrays that carry their numbers."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import PRECISIONS, Precision
from gradtwin.core.carrier import CARRIES

__all__ = ["carried", "in_own_type", "is_narrow"]

Array = NDArray[Any]


def is_narrow(x: Any) -> bool:
    """Return whether a value is an array, or a number, of a type that NumPy has not got, and that is carried."""
    return isinstance(x, (np.ndarray, np.generic)) and _carried_name(x) is not None


def carried(x: Any) -> Any:
    """Return an array of such a type as the array that carries its numbers, and anything else as it is."""
    name = _carried_name(x) if isinstance(x, (np.ndarray, np.generic)) else None
    if name is None:
        return x
    carrier = PRECISIONS[name].carrier
    return np.asarray(x).astype(carrier).view(np.dtype(carrier, metadata={CARRIES: name}))


def in_own_type(x: Any, p: Precision) -> Any:
    """Return an array that carries numbers of a precision in the type of that precision, and anything else as it is."""
    if p.carrier == p.name or not isinstance(x, np.ndarray) or x.dtype != p.carrier:
        return x
    return x.astype(getattr(importlib.import_module("ml_dtypes"), p.name))


def _carried_name(x: Any) -> str | None:
    # To NumPy they are of no kind that it knows.
    name: str = x.dtype.name
    return name if x.dtype.kind == "V" and name in PRECISIONS and PRECISIONS[name].carrier != name else None
