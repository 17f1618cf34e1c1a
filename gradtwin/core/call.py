"""Running the code under test on copies it cannot spoil, and watching what it does to them."""

from __future__ import annotations

import inspect
import traceback
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.report import Finding

__all__ = ["Outcome", "input_names", "observe", "replica"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Outcome:
    """What a call returned, or the findings that say why there is nothing to compare."""

    value: Any
    findings: tuple[Finding, ...] = ()
    warned: tuple[str, ...] = ()


def replica(x: Any) -> Any:
    """Return a copy of an array with the same memory layout (gaps, zero strides, read-only flag) as the original."""
    if not isinstance(x, np.ndarray):
        return x
    root = x
    while isinstance(root.base, np.ndarray):
        root = root.base
    if root is x or not root.flags.c_contiguous:
        copy = x.copy(order="K")
    else:
        offset = x.__array_interface__["data"][0] - root.__array_interface__["data"][0]
        copy = np.ndarray(x.shape, x.dtype, root.copy(), offset, x.strides)
    copy.flags.writeable = x.flags.writeable
    return copy


def input_names(forward: Callable[..., Any], count: int) -> tuple[str, ...]:
    """Return the names of the first `count` positional parameters of `forward`; ``*rest`` becomes rest[0], rest[1]."""
    names: list[str] = []
    try:
        parameters = list(inspect.signature(forward).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    for p in parameters:
        if p.kind is p.VAR_POSITIONAL:
            names += [f"{p.name}[{i}]" for i in range(count - len(names))]
        elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
            names.append(p.name)
    names += [f"input {i}" for i in range(len(names), count)]
    return tuple(names[:count])


def observe(
    function: Callable[..., Any], arguments: Sequence[Any], options: Mapping[str, Any], names: Sequence[str], what: str
) -> Outcome:
    """Call the function twice on the same copies; report a crash, a mutated argument, an alias, a second answer."""
    copies = [replica(x) for x in arguments]
    before = [_bits(x) for x in copies]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = function(*copies, **options)
            leaves = [leaf.copy() for leaf in arrays_in(value)]
            mutated = [n for n, x, b in zip(names, copies, before, strict=True) if _bits(x) != b]
            fresh = [replica(x) for x in arguments] if mutated else copies
            again = arrays_in(function(*fresh, **options))
        except Exception as error:  # the suspect may raise anything, and that is its answer
            return Outcome(None, (_failure(error, what),))
    findings = []
    if mutated:
        findings.append(Finding("impure", what, f"mutates its argument {', '.join(mutated)}"))
    for n, x in zip(names, copies, strict=True):
        if isinstance(x, np.ndarray) and any(np.may_share_memory(leaf, x) for leaf in arrays_in(value)):
            findings.append(Finding("impure", what, f"returns memory of its argument {n}"))
    if [_bits(a) for a in leaves] != [_bits(a) for a in again]:
        findings.append(Finding("impure", what, "is not repeatable: two calls on the same arguments differ"))
    warned = tuple(sorted({f"{what} warns: {w.message}" for w in caught if issubclass(w.category, RuntimeWarning)}))
    return Outcome(value, tuple(findings), warned)


def arrays_in(value: Any) -> list[Array]:
    """Return the arrays of a result (an array, or tuples of them) as a list."""
    if isinstance(value, (tuple, list)):
        return [array for v in value for array in arrays_in(v)]
    return [] if value is None else [np.asarray(value)]


def _bits(x: Any) -> Any:
    return (x.shape, x.dtype.str, x.tobytes()) if isinstance(x, np.ndarray) else None


def _failure(error: Exception, what: str) -> Finding:
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, ValueError) and "read-only" in str(error):
        return Finding("impure", what, f"writes into a read-only argument ({message})")
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at line {frames[-1].lineno} in {frames[-1].name}" if frames else ""
    return Finding("crash", what, f"raises {message}{where}")
