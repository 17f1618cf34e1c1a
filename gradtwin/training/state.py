"""The state of an optimizer, read into a snapshot and made from one: what torch keeps, and that of a suspect."""

from __future__ import annotations

import copy
import functools
import numbers
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.key import COUNTER, Key
from gradtwin.training.places import filled, slots
from gradtwin.training.snapshot import Snapshot

__all__ = [
    "array_of",
    "copied_state",
    "fill_state",
    "kept_elsewhere",
    "list_state",
    "read_state",
    "state_from",
]

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
    """Return the numbers that torch keeps for an owner; what is still absent or empty, and a text, are left out."""
    values = {quantity: x for quantity, x in state.items() if quantity not in UNREAD_STATE}
    return {Key(quantity, owner): array_of(x) for quantity, x in values.items() if _is_numeric(x)}


def _is_numeric(x: Any) -> bool:
    if isinstance(x, (list, tuple)):
        return bool(x) and all(isinstance(part, torch.Tensor) for part in x)
    return isinstance(x, (torch.Tensor, np.ndarray, numbers.Number))


def kept_elsewhere(optimizer: Any, scheduled: Collection[str]) -> dict[str, Any]:
    """Return what an optimizer of torch keeps elsewhere than in its state: in attributes, and in its groups."""
    params = {id(p) for group in optimizer.param_groups for p in group["params"]}
    values = {name: x for name, x in vars(optimizer).items() if name not in _attributes_of_all()}
    for i, group in enumerate(optimizer.param_groups):
        values |= {f"param_groups[{i}][{k!r}]": x for k, x in group.items() if k != "params" and k not in scheduled}
    return {name: _print_of(x, params) for name, x in values.items()}


@functools.cache
def _attributes_of_all() -> Collection[str]:
    """Return the attributes that every optimizer of torch has."""
    return frozenset(vars(torch.optim.Optimizer([torch.zeros(())], {})))


def _print_of(x: Any, params: Collection[int]) -> Any:
    """Return what two values that hold the same numbers have in common; of the parameters themselves, nothing."""
    if isinstance(x, torch.Tensor):
        return None if id(x) in params or x.is_sparse else (x.shape, array_of(x).tobytes())
    if isinstance(x, Mapping):
        return tuple((repr(k), _print_of(v, params)) for k, v in x.items())
    if isinstance(x, (list, tuple, set)):
        return tuple(_print_of(part, params) for part in x)
    return x if isinstance(x, (numbers.Number, str)) else None


def copied_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a state that shares nothing with it."""
    return {q: x.detach().clone() if isinstance(x, torch.Tensor) else copy.deepcopy(x) for q, x in state.items()}


def fill_state(state: dict[str, Any], values: Mapping[str, Any], tensor: Callable[[Any], Any]) -> None:
    """Put values into a state that torch has made for a parameter, as tensors; what they lack stays."""
    for quantity in [quantity for quantity in state if quantity in values]:
        fresh, value = state[quantity], values[quantity]
        # The counter first: it is a number or a tensor without dimensions too, and must not be rounded as those are.
        if quantity == COUNTER:  # a tensor of torch's own type for some optimizers, a number for others
            state[quantity] = torch.full_like(fresh, float(value)) if isinstance(fresh, torch.Tensor) else int(value)
        elif isinstance(fresh, numbers.Number):
            state[quantity] = type(fresh)(value)  # type: ignore[call-arg]
        elif isinstance(fresh, torch.Tensor) and fresh.dim() == 0:  # torch may keep it in a type of its own
            state[quantity] = tensor(value).to(fresh.dtype)
        else:
            state[quantity] = tensor(value)


def list_state(values: Mapping[str, Array], tensor: Callable[[Array], Any]) -> dict[str, Any]:
    """Return values as the state of an optimizer that couples its parameters: counts, tensors and lists of tensors."""

    def kept(quantity: str, x: Array) -> Any:
        if x.dtype.kind in "iu":
            return int(x)
        return list(tensor(x)) if quantity in LIST_STATE else tensor(x)

    return {quantity: [] for quantity in LIST_STATE} | {quantity: kept(quantity, x) for quantity, x in values.items()}


def state_from(values: Mapping[str, Array], names: Mapping[str, str], fresh: Any, dtype: Any) -> Any:
    """Return a state like a fresh one, with the values of the twin in the places that are named after them.

    Parameters
    ----------
    values : mapping
        The twin's values, by quantity.
    names : mapping
        The twin's quantities by place, where they have another name.
    fresh : object
        A state; what the twin does not hold stays as it is there.
    dtype : dtype
        The type of arrays.
    """
    known = {place: (values.get(names.get(place, place)), x) for place, x in slots(fresh).items()}
    return filled(fresh, {place: _like(x, value, dtype) for place, (value, x) in known.items() if value is not None})


def _like(fresh: Any, value: Array, dtype: Any) -> Any:
    """Return a state value of the twin in the form the suspect keeps it: a number, an array or a tensor."""
    if isinstance(fresh, torch.Tensor):
        return torch.from_numpy(np.array(value)).to(fresh.dtype)
    if isinstance(fresh, np.ndarray):
        return np.asarray(value, fresh.dtype if fresh.dtype.kind in "iu" else dtype)
    if isinstance(fresh, (int, np.integer)) and not isinstance(fresh, bool):
        return int(value)
    if value.dtype.kind in "iu":
        return int(value)
    return float(value) if isinstance(fresh, float) else value.astype(dtype)
