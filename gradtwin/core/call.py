"""The one place from which anybody's code is entered: suspects on copies they cannot spoil, twins with state put back.

Whoever wants a result of code that is not ours asks `enter` for it, or one of the functions here that guard, watch or
word what comes back. A law over the source holds that.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import CellType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.errors import GradtwinError, UsageError, place_of
from gradtwin.core.report import Finding

if TYPE_CHECKING:
    import torch

__all__ = [
    "Code",
    "Outcome",
    "TwinCode",
    "arrays_in",
    "attempt",
    "enter",
    "input_names",
    "observe",
    "replica",
]

Array = NDArray[Any]

Code = Callable[..., Any]
"""Somebody else's code."""


@dataclass(frozen=True)
class Outcome:
    """What a call returned, or the findings that say why there is nothing to compare."""

    value: Any
    findings: tuple[Finding, ...] = ()
    warned: tuple[str, ...] = ()


def enter(function: Code, /, *arguments: Any, **options: Any) -> Any:
    """Call somebody's code, as it is."""
    return function(*arguments, **options)


def attempt(what: str, function: Code, /, *arguments: Any, **options: Any) -> Outcome:
    """Call somebody's code; what it raises is its answer, as the finding of a crash of `what`."""
    try:
        return Outcome(enter(function, *arguments, **options))
    except GradtwinError:
        raise
    except Exception as error:  # the suspect may raise anything
        return Outcome(None, (_failure(error, what),))


def observe(
    function: Code, arguments: Sequence[Any], options: Mapping[str, Any], names: Sequence[str], what: str
) -> Outcome:
    """Call the function twice on the same copies; report a crash, a mutated argument, an alias, a second answer."""
    copies = [replica(x) for x in arguments]
    before = [_bits(x) for x in copies]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = enter(function, *copies, **options)
            leaves = [leaf.copy() for leaf in arrays_in(value)]
            mutated = [n for n, x, b in zip(names, copies, before, strict=True) if _bits(x) != b]
            fresh = [replica(x) for x in arguments] if mutated else copies
            again = arrays_in(enter(function, *fresh, **options))
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


class TwinCode:
    """A twin of which every call is the first: buffers of its modules and torch's random numbers are put back before.

    Parameters
    ----------
    function : callable
        A function of tensors, a module, or a method of one.
    """

    def __init__(self, function: Code) -> None:
        import torch

        self.function = function
        modules = {id(m): m for module in _modules_in(function) for m in module.modules()}
        self._modes = [(m, m.training) for m in modules.values()]
        tensors = [x for m in modules.values() for x in (*m.parameters(False), *m.buffers(False))]
        self._kept = [(x, x.detach().clone()) for x in tensors]
        self._random = torch.get_rng_state()

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        """Call the twin, and say clearly where it does not take what the suspect takes."""
        self._put_back()
        try:
            return enter(self.function, *arguments, **options)
        except GradtwinError:
            raise
        except TypeError as error:
            raise UsageError(
                f"Expected twin {_name(self.function)} to take the suspect's arguments, {len(arguments)} inputs and "
                f"options {sorted(options)}; it takes {_signature(self.function)} and answered: {error}"
                f"{place_of(error)}"
            ) from error
        except Exception as error:  # whatever the twin raises, the inputs are not ones that it can judge
            raise UsageError(
                f"Expected twin {_name(self.function)} to accept the inputs; it raised {type(error).__name__}: {error}"
                f"{place_of(error)}"
            ) from error

    def _put_back(self) -> None:
        import torch

        torch.set_rng_state(self._random)
        for module, training in self._modes:
            module.training = training
        with torch.no_grad():
            for x, kept in self._kept:
                x.copy_(kept)


def _modules_in(function: Any, depth: int = 3) -> Iterator[torch.nn.Module]:
    """Yield the modules that a function is, is a method of, is bound to, or has in its closure."""
    import torch

    if isinstance(function, torch.nn.Module):
        yield function
        return
    parts = [getattr(function, "__self__", None), getattr(function, "__wrapped__", None)]
    parts += [c.cell_contents for c in getattr(function, "__closure__", None) or () if c != CellType()]
    if isinstance(function, functools.partial):
        parts += [function.func, *function.args, *function.keywords.values()]
    for part in parts if depth else ():
        if part is not None:
            yield from _modules_in(part, depth - 1)


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


def arrays_in(value: Any) -> list[Array]:
    """Return the arrays of a result (an array, or tuples of them) as a list."""
    if isinstance(value, (tuple, list)):
        return [array for v in value for array in arrays_in(v)]
    return [] if value is None else [np.asarray(value)]


def _bits(x: Any) -> Any:
    return (x.shape, x.dtype.str, x.tobytes()) if isinstance(x, np.ndarray) else None


def _failure(error: Exception, what: str) -> Finding:
    if isinstance(error, GradtwinError):  # what the user called us with, not what the suspect did
        raise error
    message = f"{type(error).__name__}: {error}"
    if isinstance(error, ValueError) and "read-only" in str(error):
        return Finding("impure", what, f"writes into a read-only argument ({message})")
    return Finding("crash", what, f"raises {message}{place_of(error)}")


def _name(function: Any) -> str:
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"


def _signature(function: Any) -> str:
    try:
        return str(inspect.signature(function))
    except (TypeError, ValueError):
        return "arguments of its own"
