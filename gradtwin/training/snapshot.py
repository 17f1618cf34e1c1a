"""Snapshots: every number of a training run by its key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import Precision
from gradtwin.core.key import Key, parameter

__all__ = ["ALL", "Batch", "Snapshot", "parameters", "rounded", "state_of", "with_step"]

Array = NDArray[Any]
Snapshot = dict[Key, Array]
Batch = Sequence[Any]
ALL = "all parameters"
"""Whose state it is where an optimizer couples its parameters."""


def parameters(arrays: Mapping[str, Array]) -> Snapshot:
    """Return the snapshot of parameters by name."""
    return {parameter(name): x for name, x in arrays.items()}


def state_of(snapshot: Mapping[Key, Any], owner: str) -> dict[str, Any]:
    """Return the optimizer's state of one owner, by quantity."""
    return {key.quantity: x for key, x in snapshot.items() if key.role == "state" and key.owner == owner}


def rounded(snapshot: Snapshot, p: Precision) -> Snapshot:
    """Return a snapshot as the precision can hold it, in float64; what counts stays as it is."""
    # float16 does not hold every whole number beyond 2,048.
    counts = {key for key, x in snapshot.items() if key.is_counter or x.dtype.kind in "iub"}
    return {key: x if key in counts else x.astype(p.name).astype(np.float64) for key, x in snapshot.items()}


def with_step(snapshot: Snapshot, step: int) -> Snapshot:
    """Return a snapshot whose counters stand at `step`."""
    return {key: np.full_like(x, step) if key.is_counter else x for key, x in snapshot.items()}
