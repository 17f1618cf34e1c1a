"""The state of an optimizer, read into a snapshot and made from one: what torch keeps, and a suspect's NamedTuple."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.errors import UsageError
from gradtwin.core.key import COUNTER, Key
from gradtwin.training.snapshot import Snapshot, state_of

__all__ = ["array_of", "fill_state", "list_state", "named_tuple_from", "read_named_tuple", "read_state"]

Array = NDArray[Any]
LIST_STATE = frozenset({"old_dirs", "old_stps", "ro"})
"""State that torch keeps as a list of tensors; here they are stacked."""
UNREAD_STATE = frozenset({"al"})
"""What torch leaves in the state and never reads again."""


def array_of(x: Any) -> Array:
    """Return a value of torch as an array of its own; numbers of a complex one are pairs along the last axis."""
    if isinstance(x, (list, tuple)):
        return np.stack([array_of(part) for part in x])
    if not isinstance(x, torch.Tensor):
        return np.array(x)
    x = x.detach().cpu()
    return np.array((torch.view_as_real(x) if x.is_complex() else x).numpy())


def read_state(state: Mapping[str, Any], owner: str) -> Snapshot:
    """Return what torch keeps for an owner; what is still absent or empty is left out."""
    read = {quantity: x for quantity, x in state.items() if quantity not in UNREAD_STATE}
    absent = {quantity for quantity, x in read.items() if x is None or (isinstance(x, list) and not x)}
    return {Key(quantity, owner): array_of(x) for quantity, x in read.items() if quantity not in absent}


def fill_state(state: dict[str, Any], values: Mapping[str, Any], tensor: Callable[[Any], Any]) -> None:
    """Put values into a state that torch has made for a parameter, as tensors; what they lack stays."""
    for quantity in [quantity for quantity in state if quantity in values]:
        old, value = state[quantity], values[quantity]
        if quantity == COUNTER:  # a tensor of torch's own type for some optimizers, a number for others
            state[quantity] = torch.full_like(old, float(value)) if isinstance(old, torch.Tensor) else int(value)
        elif isinstance(old, torch.Tensor) and old.dim() == 0:  # torch may keep it in a type of its own
            state[quantity] = tensor(value).to(old.dtype)
        else:
            state[quantity] = tensor(value)


def list_state(values: Mapping[str, Array], tensor: Callable[[Array], Any]) -> dict[str, Any]:
    """Return values as the state of an optimizer that couples its parameters: counts, tensors and lists of tensors."""

    def kept(quantity: str, x: Array) -> Any:
        if x.dtype.kind in "iu":
            return int(x)
        return list(tensor(x)) if quantity in LIST_STATE else tensor(x)

    return {quantity: [] for quantity in LIST_STATE} | {quantity: kept(quantity, x) for quantity, x in values.items()}


def named_tuple_from(snapshot: Snapshot, owner: str, fresh: Any, state_names: Mapping[str, str], dtype: Any) -> Any:
    """Return the state that a snapshot holds for an owner, in the form of a fresh one."""
    if not hasattr(fresh, "_fields"):
        raise UsageError(f"Expected init to return a NamedTuple of state; got {type(fresh).__name__}.")
    values = state_of(snapshot, owner)
    fields = {field: values.get(state_names.get(field, field)) for field in fresh._fields}
    taken = {field: _like(getattr(fresh, field), x, dtype) for field, x in fields.items() if x is not None}
    return fresh._replace(**taken)


def read_named_tuple(state: Any, owner: str, state_names: Mapping[str, str]) -> Snapshot:
    """Return the part of a snapshot that a state makes."""
    fields = zip(state._fields, state, strict=True)
    return {Key(state_names.get(field, field), owner): np.asarray(x) for field, x in fields if x is not None}


def _like(old: Any, new: Array, dtype: Any) -> Any:
    """Return a state value of the twin in the form the suspect keeps it: an int, a float or an array."""
    if isinstance(old, (int, np.integer)) and not isinstance(old, bool):
        return int(new)
    if new.dtype.kind in "iu":
        return int(new)
    return float(new) if isinstance(old, float) else new.astype(dtype)
