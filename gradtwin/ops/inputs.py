"""The inputs of a check as the user hands them over: drawn, read, and cast to the precision under test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import PRECISIONS, STORED, Precision
from gradtwin.core.call import enter
from gradtwin.core.carrier import dtype_name, is_stored, is_tensor, rounded
from gradtwin.core.conditions import Conditions, seed_from
from gradtwin.core.errors import GradtwinError, UsageError, hint, place_of
from gradtwin.core.pairs import as_complex, as_pairs, is_complex
from gradtwin.core.signatures import described, takes_one
from gradtwin.forms.foreign import as_input
from gradtwin.forms.nested import leaves

__all__ = [
    "Inputs",
    "Provider",
    "Provides",
    "as_asked",
    "cast",
    "cast_option",
    "is_setting",
    "provided",
    "with_gradient",
]

Array = NDArray[Any]
Provides = Sequence[Any] | Mapping[str, Any]
Provider = Callable[[np.random.Generator], Provides]
OF_PARTS = {"complex128": "float64", "complex64": "float32"}
"""The precision of the parts of complex numbers."""


@dataclass(frozen=True)
class Inputs:
    """What a suspect is called with.

    Parameters
    ----------
    arrays, names, wanted : tuples
        The inputs, their names, and whether each has a gradient.
    options : mapping
        Keyword arguments.
    pairs : tuple of bool
        Which inputs hold complex numbers as pairs.
    chosen : bool
        Whether the user said which inputs have a gradient.
    """

    arrays: tuple[Any, ...]
    names: tuple[str, ...]
    wanted: tuple[bool, ...]
    options: Mapping[str, Any]
    pairs: tuple[bool, ...] = ()
    chosen: bool = False

    @property
    def terms(self) -> int:
        """The largest number of elements of an input: what a mean is most likely to be taken over."""
        return max((x.size for x in self.arrays if isinstance(x, np.ndarray)), default=1)

    @property
    def longest(self) -> int:
        """The length of the longest axis of an input: what a sum is most likely to be taken over."""
        return max((n for x in self.arrays if isinstance(x, np.ndarray) for n in x.shape), default=0)

    @property
    def sizes(self) -> dict[str, int]:
        """The numbers that a reduction may have got wrong, by what they count."""
        arrays = [(n, x) for n, x in zip(self.names, self.arrays, strict=True) if isinstance(x, np.ndarray) and x.ndim]
        axes = {f"the length of axis {i} of {n}": s for n, x in arrays for i, s in enumerate(x.shape)}
        return axes | {f"the elements of {n}": x.size for n, x in arrays}

    def at(self, index: tuple[int, ...] | None) -> dict[str, Any]:
        """Return the inputs' values at a place, where an input has that place."""
        values = {}
        for name, x in zip(self.names, self.arrays, strict=True):
            if isinstance(x, np.ndarray) and index is not None and x.ndim == len(index):
                if all(i < n for i, n in zip(index, x.shape, strict=True)):
                    values[name] = x[index].item()
        return values


def provided(inputs: Provides | Provider, at: Conditions) -> Provides:
    """Return the inputs, drawn where they are a function of a generator."""
    if isinstance(inputs, Mapping) or not callable(inputs):
        return _read(
            _collection("inputs to be", inputs, ", or a function of a numpy.random.Generator that returns one of these")
        )
    if not takes_one(inputs):
        raise UsageError(
            f"Expected the function of inputs to take one numpy.random.Generator; got {described(inputs)}."
        )
    try:
        values = enter(inputs, np.random.default_rng(seed_from(at.name, at.seed)))
    except GradtwinError:
        raise
    except Exception as error:  # a function of the user's may raise anything
        raise UsageError(
            f"Expected the function of inputs to draw them; it raised {type(error).__name__}: {error}{place_of(error)}"
        ) from error
    return _read(_collection("the function of inputs to return", values))


def _read(inputs: Provides) -> Provides:
    """Return the inputs with those of other frameworks as NumPy's."""
    if isinstance(inputs, Mapping):
        return {name: as_input(x, f"input {name!r}") for name, x in inputs.items()}
    return [as_input(x, f"input {i}") for i, x in enumerate(inputs)]


def _collection(whose: str, inputs: Any, otherwise: str = "") -> Provides:
    if isinstance(inputs, Mapping):
        for name in inputs:
            if not isinstance(name, str):
                raise UsageError(f"Expected inputs by name to have text as their names; got {name!r}.")
        return inputs
    if isinstance(inputs, Sequence) and not isinstance(inputs, (str, bytes)):
        return inputs
    advice = "; write [x] for one input x" if isinstance(inputs, np.ndarray) or is_tensor(inputs) else ""
    raise UsageError(
        f"Expected {whose} a sequence of arrays or a mapping of them by name{otherwise}; "
        f"got {'None' if inputs is None else type(inputs).__name__}{advice}."
    )


def as_asked(at: Conditions, inputs: Provides | Provider) -> Conditions:
    """Return the conditions with the precision, and the device, of the inputs where the user named none.

    That is the widest of the floating arrays, who brings one asks for it. Numbers and lists of Python, which have no
    precision of their own, are taken in it; in float64 where there is no array.
    """
    if at.asked and callable(inputs):  # what is drawn need not be drawn twice
        return at
    values = provided(inputs, at)
    at = replace(at, device=_device_of(values, at.device))
    if at.asked:
        return at
    arrays = [x for x in _within(values) if hasattr(x, "dtype")]
    names = {name for name in map(_floating, arrays) if name is not None}
    if names and names <= set(STORED):
        return replace(at, dtypes=("float32",), asked=True)
    names -= set(STORED)
    # PRECISIONS stand widest first.
    widest = next((p for p in PRECISIONS if p in names), "float64") if names <= set(PRECISIONS) else "float64"
    return replace(at, dtypes=(widest,), asked=bool(names))


def _device_of(values: Provides, device: str) -> str:
    """Return where code runs: on the device that was named, or on that of the first tensor that is not on the CPU."""
    elsewhere = (str(x.device) for x in _within(values) if is_tensor(x) and x.device.type != "cpu")
    return next(elsewhere, device) if device == "cpu" else device


def _within(values: Provides) -> list[Any]:
    """Return the inputs, and the arrays in those that hold several."""
    parts = values.values() if isinstance(values, Mapping) else values
    return [x for part in parts for x in leaves(part, "").values()]


def _floating(x: Any) -> str | None:
    """Return the name of the type of a floating array or tensor."""
    if is_tensor(x):
        name, is_floating = str(x.dtype).removeprefix("torch."), x.is_floating_point() or x.is_complex()
    else:
        name, is_floating = dtype_name(np.asarray(x)), isinstance(x, (np.ndarray, np.generic)) and x.dtype.kind in "fc"
    return OF_PARTS.get(name, name) if is_floating else None


def is_setting(x: Any) -> bool:
    """Return whether an input beside tensors is no tensor to be: a number of Python, a switch, a word.

    A Function takes its settings by position, among its tensors, and with tensors in their place many answer otherwise.
    """
    return not isinstance(x, (np.ndarray, np.generic, list))


def cast(x: Any, p: Precision, what: str) -> Any:
    """Return an input or an option as an array, a floating one of that precision; None and tuples as they are."""
    if x is None or isinstance(x, tuple):
        return x
    if is_tensor(x) or (isinstance(x, list) and any(map(is_tensor, x))):
        kind = type(x).__name__ if is_tensor(x) else "a list of Tensor"
        raise UsageError(f"Expected {what} to be a NumPy array; got {kind}. Write x.numpy() for a tensor x.")
    if isinstance(x, np.ma.MaskedArray):  # before the arrays, of which it is one
        raise UsageError(f"Expected {what} to be an array without a mask, which would be lost; got MaskedArray.")
    if not isinstance(x, (np.ndarray, np.generic, float, int, complex, list)):
        raise UsageError(f"Expected {what} to be an array, a tuple or None; got {type(x).__name__}.")
    try:
        array = np.asarray(x)
    except ValueError as error:
        raise UsageError(f"Expected {what} to be an array; got lists of unequal length.") from error
    if array.dtype.kind == "c":
        raise UsageError(f"Expected {what} to hold real numbers; got {array.dtype}.")
    if array.dtype.kind not in "fiub":
        raise UsageError(f"Expected {what} to hold real numbers; got dtype {array.dtype}.")
    return rounded(array, p) if array.dtype.kind == "f" else array


def cast_option(x: Any, p: Precision, name: str) -> Any:
    """Return an option: an array as an input would be cast, anything else as it is."""
    if is_complex(x):
        return as_complex(cast(as_pairs(x), p, f"option {name!r}"))
    return cast(x, p, f"option {name!r}") if isinstance(x, np.ndarray) or is_tensor(x) else x


def with_gradient(
    arrays: tuple[Any, ...], names: tuple[str, ...], differentiable: Sequence[str] | None, *, needed: bool
) -> tuple[bool, ...]:
    """Return which inputs have a gradient; where one is needed, there must be one."""
    floating = [isinstance(x, np.ndarray) and x.dtype.kind == "f" and not is_stored(x) for x in arrays]
    for name in differentiable or ():
        if name not in names:
            raise UsageError(
                f"Expected differentiable to name inputs of forward, {', '.join(names)}; got {name!r}."
                f"{hint(name, names)}"
            )
        if not floating[names.index(name)] and arrays[names.index(name)] is not None:
            kind = getattr(arrays[names.index(name)], "dtype", type(arrays[names.index(name)]).__name__)
            raise UsageError(f"Expected input {name!r}, of which a gradient is asked, to be floating; got {kind}.")
    wanted = tuple(f and (differentiable is None or n in differentiable) for f, n in zip(floating, names, strict=True))
    if needed and not any(wanted):
        kinds = ", ".join(f"{n}: {getattr(x, 'dtype', type(x).__name__)}" for n, x in zip(names, arrays, strict=True))
        among = "" if differentiable is None else f" among differentiable, {tuple(differentiable)}"
        raise UsageError(f"Expected at least one floating input{among}, since a gradient is asked; got {kinds}.")
    return wanted
