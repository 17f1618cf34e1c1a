"""The types of JAX, which has those of 64 bits only where it is told so; it is never imported here."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["enabled_for"]


def enabled_for(arrays: Iterable[Any]) -> Any:
    """Return the context in which JAX, if it is imported, has 64-bit types where one of the arrays has them."""
    is_wide = any(isinstance(x, np.ndarray) and x.dtype == np.float64 for x in arrays)
    is_needed = is_wide and "jax" in sys.modules
    return sys.modules["jax"].enable_x64(True) if is_needed else contextlib.nullcontext()
