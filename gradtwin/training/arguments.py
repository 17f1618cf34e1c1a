"""What the functions that judge training take: each argument is asked for what it must be, before any code is run."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import array_precision
from gradtwin.core.call import Code, enter
from gradtwin.core.conditions import TRIED
from gradtwin.core.errors import GradtwinError, UsageError, nearest, shown

__all__ = [
    "drawn",
    "named_options",
    "options_of",
    "precisions",
    "require_arrays",
    "require_batches",
    "require_callable",
    "require_count",
    "require_mapping",
    "require_options",
    "require_sequence",
    "require_shapes",
]


def precisions(dtypes: Any, arrays: Iterable[NDArray[Any]]) -> tuple[tuple[str, ...], bool]:
    """Return the precisions to judge at, and whether the user asked for them.

    Without names they are those of the arrays that came in, and where none has any, float64 and float32.
    """
    if dtypes is None:
        came = tuple(dict.fromkeys(x.dtype.name for x in arrays if x.dtype.kind == "f"))
        return (tuple(array_precision(name).name for name in came), True) if came else (TRIED, False)
    if isinstance(dtypes, str) or not isinstance(dtypes, (tuple, list)) or not dtypes:
        raise UsageError(f"Expected dtypes to be a sequence of at least one dtype name; got {dtypes!r}.")
    return tuple(array_precision(name).name for name in dtypes), True


def require_callable(argument: str, value: Any) -> None:
    """Raise a UsageError for what cannot be called."""
    if not callable(value):
        raise UsageError(f"Expected {argument} to be callable; got {shown(value)}.")


def require_count(argument: str, value: Any) -> None:
    """Raise a UsageError for what is no whole number above zero."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise UsageError(f"Expected {argument} to be a whole number of at least 1; got {shown(value)}.")


def require_sequence(argument: str, value: Any) -> None:
    """Raise a UsageError for what has no length and order, such as a text, a set or a generator."""
    if isinstance(value, (str, bytes)) or not isinstance(value, Sequence):
        raise UsageError(f"Expected {argument} to be a list or tuple; got {shown(value)}.")


def require_mapping(argument: str, value: Any) -> dict[str, Any]:
    """Return a mapping by name as a dict, an empty one for None; raise a UsageError for anything else."""
    if value is None:
        return {}
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise UsageError(f"Expected {argument} to be a dict by name; got {shown(value)}.")
    return dict(value)


def require_arrays(argument: str, value: Any) -> dict[str, Any]:
    """Return arrays of floating-point numbers by name; raise a UsageError for anything else."""
    arrays = {name: _array(f"{argument}[{name!r}]", x) for name, x in require_mapping(argument, value).items()}
    if not arrays:
        raise UsageError(f"Expected {argument} to hold at least one array; got {shown(value)}.")
    for name, x in arrays.items():
        if x.dtype.kind != "f":
            raise UsageError(f"Expected {argument}[{name!r}] to be floating; got dtype {x.dtype}.")
        if not x.size:
            raise UsageError(f"Expected {argument}[{name!r}] to hold at least one number; got shape {x.shape}.")
    return arrays


def _array(argument: str, x: Any) -> Any:
    try:
        return np.asarray(x.detach().cpu() if hasattr(x, "detach") else x)
    except (TypeError, ValueError, RuntimeError) as error:
        raise UsageError(f"Expected {argument} to be an array; got {shown(x)}.") from error


def require_batches(batches: Any, gradients: int | None) -> None:
    """Raise a UsageError for what are no batches; where each holds the gradients, there must be as many of them."""
    require_sequence("batches", batches)
    if not batches:
        raise UsageError("Expected batches to hold at least one step; got none.")
    for t, batch in enumerate(batches):
        if not isinstance(batch, (tuple, list)):
            raise UsageError(
                f"Expected batches[{t}] to be a tuple of the arrays of a step; got {type(batch).__name__}: "
                "write [(x,) for x in batches]."
            )
        if gradients is not None and len(batch) != gradients:
            raise UsageError(f"Expected batches[{t}] to hold {gradients} gradients; got {len(batch)}.")


def require_shapes(argument: str, value: Any) -> None:
    """Raise a UsageError for what are no shapes by name."""
    shapes = require_mapping(argument, value)
    if value is not None and not shapes:
        raise UsageError(f"Expected {argument} to hold at least one shape; got {shown(value)}.")
    for name, shape in shapes.items():
        sizes = shape if isinstance(shape, (tuple, list)) else (None,)
        if any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1 for n in sizes):
            raise UsageError(f"Expected {argument}[{name!r}] to be a tuple of sizes of at least 1; got {shown(shape)}.")


def require_options(
    argument: str,
    options: Mapping[str, Any],
    sides: Sequence[tuple[str, Mapping[str, bool] | None]],
    apart: Collection[str] = (),
) -> None:
    """Raise a UsageError for an option that a side does not take, or one that it asks for and does not get.

    Parameters
    ----------
    argument : str
        What the user calls the options.
    options : mapping
        The options that every side is called with.
    sides : tuples
        What to call a side, and what `options_of` says of it.
    apart : names
        What a function is handed besides.
    """
    taken = [(side, names) for side, names in sides if names is not None]
    for name in options:
        deaf = list(dict.fromkeys(side for side, names in taken if name not in names))
        if deaf:
            every = sorted({option for _, names in taken for option in names if option not in apart})
            hearing = [side for side in dict.fromkeys(side for side, _ in sides) if side not in deaf]
            whose = f"{' and '.join(deaf)} does not take it" + (f", {hearing[0]} does" if hearing else "")
            near = [option for option in nearest(name, every) if option != name]
            known = f"Known: {', '.join(every)}." if every else "It takes none."
            hint = f"Nearest: {', '.join(near)}." if near else known
            raise UsageError(f"Expected {argument} to hold what both sides take; got {name!r}: {whose}. {hint}")
    for side, names in taken:
        missing = [name for name, needed in names.items() if needed and name not in options and name not in apart]
        if missing:
            asked = ", ".join(missing)
            raise UsageError(f"Expected {argument} to hold {asked}, which {side} asks for; got {sorted(options)}.")


def options_of(function: Code, leading: int) -> dict[str, bool] | None:
    """Return the options of a function, each with whether it must be given; None where any name will do.

    `leading` is how many arguments it takes before the options.
    """
    parameters = _parameters(function)
    if parameters is None or any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return named_options(function, leading)


def named_options(function: Code, leading: int) -> dict[str, bool]:
    """Return the options that a function has names for, each with whether it must be given, though any name may do."""
    parameters = _parameters(function) or []
    by_name = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    first = {p.name for p in positional[:leading]}
    return {p.name: p.default is p.empty for p in by_name if p.name not in first}


def _parameters(function: Code) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return None


def drawn(argument: str, draw: Callable[..., Any], rng: np.random.Generator, step: int, shape: tuple[int, ...]) -> Any:
    """Return a gradient that a function draws, or raise a UsageError for one that does not fit its parameter."""
    try:
        gradient = enter(draw, rng, step, shape)
    except GradtwinError:
        raise
    except Exception as error:  # the user's own function may raise anything
        raise UsageError(
            f"Expected {argument}(rng, step, shape) to return a gradient of shape {shape}; "
            f"it raised {type(error).__name__}: {error}"
        ) from error
    if gradient is None or isinstance(gradient, tuple):
        return gradient
    array = _array(f"{argument}(rng, step, shape)", gradient)
    if array.dtype.kind != "f" or array.shape != shape:
        raise UsageError(
            f"Expected {argument}(rng, step, shape) to return floating-point numbers of shape {shape}; "
            f"got {array.dtype} of shape {array.shape} at step {step}."
        )
    return gradient
