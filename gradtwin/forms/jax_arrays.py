"""Arrays of JAX and arrays of NumPy: from one to the other, in the types that both have.

JAX is taken from where its user has imported it, and never imported here.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from gradtwin.core.bound import Precision
from gradtwin.core.narrow import carried, in_own_type

__all__ = ["as_jax", "as_numpy", "has_jax", "is_floating", "is_jax_array", "jax"]


def has_jax() -> bool:
    """Return whether somebody has imported JAX."""
    return "jax" in sys.modules


def jax() -> Any:
    """Return JAX, which somebody has imported."""
    return sys.modules["jax"]


def is_jax_array(x: Any) -> bool:
    """Return whether a value is an array of JAX."""
    return has_jax() and isinstance(x, jax().Array)


def is_floating(x: Any) -> bool:
    """Return whether an array of JAX is of floating numbers."""
    return bool(jax().numpy.issubdtype(x.dtype, jax().numpy.floating))


def as_jax(x: np.ndarray[Any, Any], p: Precision) -> Any:
    """Return a copy of an array as one of JAX: it would take the memory for its own, into which nobody writes."""
    return jax().numpy.array(in_own_type(x, p))


def as_numpy(value: Any) -> Any:
    """Return the arrays of JAX in a result as NumPy's; None for a gradient of what has none; the rest as it is."""
    return jax().tree.map(_as_numpy, value)


def _as_numpy(x: Any) -> Any:
    if not is_jax_array(x):
        return None if getattr(x, "dtype", None) == jax().dtypes.float0 else carried(x)
    if jax().dtypes.issubdtype(x.dtype, jax().dtypes.prng_key):
        return x
    array = carried(np.asarray(x))
    # Where JAX has no wider integers, those that it has stand for them, as indices do.
    is_cut = not jax().config.jax_enable_x64 and array.dtype == np.int32
    return array.astype(np.int64) if is_cut else array
