"""Which form a suspect has: the first that knows it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from gradtwin.core.captured import libraries_of, names_in
from gradtwin.core.carrier import is_tensor
from gradtwin.forms import functions, jax, modules, operators
from gradtwin.forms.backwards import Derivative, ValueAndGrad
from gradtwin.forms.foreign import ARRAYS
from gradtwin.forms.form import Form
from gradtwin.forms.layers import layer_of
from gradtwin.forms.tensors import TENSORS
from gradtwin.forms.traced import TracedCode

__all__ = ["is_code", "recognised", "title_of"]

ARRAY_LIBRARIES = frozenset({"jax", "numba", "numpy", "scipy", "torch", "triton"})
"""Packages of arrays, of which the code of a function mostly names the one whose arrays it takes."""
OF_ARRAYS = frozenset({"as_tensor", "asarray", "from_dlpack", "from_numpy", "numpy", "tensor"})
"""What a function calls that makes tensors of arrays by itself."""

READERS: Sequence[Callable[[Any], Form | None]] = (functions.read, modules.read, operators.read)
"""Each knows one form by the suspect itself, whatever the inputs are."""


def recognised(suspect: Any, values: Sequence[Any]) -> Form:
    """Return how a suspect with these inputs is read: by what it is, else as a function of what the inputs are."""
    form = _read(suspect)
    if form is not None:
        return form
    if isinstance(suspect, ValueAndGrad):
        of_both = recognised(suspect.function, values)
        words = "a function that returns its value and its gradient"
        own = TracedCode(suspect.value) if of_both.framework is ARRAYS else None
        return replace(of_both, words=words, entry=suspect.value, backward=suspect.gradient, own_forward=own)
    if any(map(is_tensor, values)) and not _is_of_numpy(suspect):
        return Form("", suspect, suspect, TENSORS, own_forward=suspect)
    of_jax = jax.read(suspect, values)
    if of_jax is not None:
        return of_jax
    if _is_of_torch(suspect):
        return Form("a function of tensors, which uses torch alone", suspect, suspect, TENSORS, own_forward=suspect)
    return Form("", suspect, suspect, ARRAYS, own_forward=TracedCode(suspect))


def is_code(x: Any) -> bool:
    """Return whether a value is something that can be judged: it is called, or its methods are, or it says what is."""
    return callable(x) or isinstance(x, (Derivative, ValueAndGrad)) or layer_of(x) is not None


def title_of(suspect: Any) -> str:
    """Return how a suspect is called where the user does not say it: by its module, and its own or its type's name."""
    form = _read(suspect)
    if form is not None and form.title:
        return form.title
    layer = layer_of(suspect)
    if layer is not None:
        return layer.title
    suspect = suspect.function if isinstance(suspect, ValueAndGrad) else suspect
    if inspect.ismethod(suspect):
        return f"{suspect.__module__}:{suspect.__qualname__}"
    owner = suspect if hasattr(suspect, "__name__") else type(suspect)
    module = getattr(owner, "__module__", None)  # functions that are built in may have none
    return f"{module}:{owner.__name__}" if module else str(owner.__name__)


def _read(suspect: Any) -> Form | None:
    return next((form for read in READERS if (form := read(suspect)) is not None), None)


def _is_of_torch(suspect: Any) -> bool:
    """Return whether a function is one of torch's, was scripted or compiled, or names torch and no other library."""
    import torch

    function = getattr(suspect, "_torchdynamo_orig_callable", suspect)
    if function is not suspect or isinstance(suspect, torch.jit.ScriptFunction):
        return True
    if names_in(suspect) & OF_ARRAYS:
        return False
    return libraries_of(suspect) & ARRAY_LIBRARIES == {"torch"}


def _is_of_numpy(suspect: Any) -> bool:
    """Return whether a function names NumPy or SciPy, and no library of tensors."""
    libraries = libraries_of(suspect) & ARRAY_LIBRARIES
    return bool(libraries) and libraries <= {"numpy", "scipy"} and not names_in(suspect) & OF_ARRAYS
