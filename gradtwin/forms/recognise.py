"""Which form a suspect has: the first that knows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gradtwin.forms import functions, modules, operators
from gradtwin.forms.reading import Reading
from gradtwin.forms.tensors import TENSORS, is_tensor

__all__ = ["recognised", "title_of"]

READERS: Sequence[Callable[[Any], Reading | None]] = (functions.read, modules.read, operators.read)
"""Each knows one form by the suspect itself, whatever the inputs are."""


def recognised(suspect: Any, values: Sequence[Any]) -> Reading:
    """Return how a suspect with these inputs is read: by what it is, else as a function of what the inputs are."""
    reading = _read(suspect)
    if reading is not None:
        return reading
    if any(map(is_tensor, values)) or _is_of_torch(suspect):
        return Reading("", suspect, suspect, TENSORS, own_forward=suspect)
    return Reading("", suspect, suspect)


def title_of(suspect: Any) -> str:
    """Return how a suspect is called where the user does not say it: by its module, and its own or its type's name."""
    reading = _read(suspect)
    if reading is not None and reading.title:
        return reading.title
    owner = suspect if hasattr(suspect, "__name__") else type(suspect)
    return f"{owner.__module__}:{owner.__name__}"


def _read(suspect: Any) -> Reading | None:
    return next((reading for read in READERS if (reading := read(suspect)) is not None), None)


def _is_of_torch(suspect: Any) -> bool:
    """Return whether a function was scripted, or compiled as a whole, which takes tensors alone."""
    import torch

    return isinstance(suspect, torch.jit.ScriptFunction) or hasattr(suspect, "_torchdynamo_orig_callable")
