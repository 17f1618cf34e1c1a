"""Snapshots: every number of a training run by name: ``W``, ``gradient of W``, ``exp_avg of W``, ``loss``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import Precision

__all__ = ["ALL", "COUNTER", "Batch", "Snapshot", "gradient_of", "is_counter", "jumped", "rounded", "state_of"]

Array = NDArray[Any]
Snapshot = dict[str, Array]
Batch = Sequence[Any]
COUNTER = "step"
"""The quantity of an optimizer's state that counts, and is never rounded."""
ALL = "all parameters"
"""Whose state it is where an optimizer couples its parameters."""


def gradient_of(name: str) -> str:
    """Return the snapshot's name for the gradient of a parameter."""
    return f"gradient of {name}"


def state_of(quantity: str, name: str) -> str:
    """Return the snapshot's name for a quantity of the optimizer's state."""
    return f"{quantity} of {name}"


def is_counter(name: str) -> bool:
    """Say whether a snapshot's name is that of a step counter."""
    return name.startswith(f"{COUNTER} of ")


def rounded(snapshot: Snapshot, p: Precision) -> Snapshot:
    """Return a snapshot as the precision can hold it, in float64."""
    return {n: x if is_counter(n) else x.astype(p.name).astype(np.float64) for n, x in snapshot.items()}


def jumped(snapshot: Snapshot, step: int) -> Snapshot:
    """Return a snapshot whose counters stand at `step`."""
    return {n: np.full_like(x, step) if is_counter(n) else x for n, x in snapshot.items()}
