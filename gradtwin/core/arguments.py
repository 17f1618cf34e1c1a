"""What the public checks are called with: each argument is read by its name, and a wrong one is answered in words."""

from __future__ import annotations

import functools
import inspect
import numbers
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import numpy as np

from gradtwin.core.bound import PRECISIONS
from gradtwin.core.conditions import Allowance, check_device
from gradtwin.core.errors import GradtwinError, UsageError, hint, one_of, shown

__all__ = ["public_check"]

P = ParamSpec("P")
R = TypeVar("R")

TOLERANCES = frozenset({"atol", "eps", "epsilon", "rtol", "threshold", "tol", "tolerance"})
"""What other checkers ask for, and this one measures."""


def public_check(check: Callable[P, R]) -> Callable[P, R]:
    """Return a check that answers a wrong argument with a UsageError, and takes what it read of the others.

    What is as the check's own default is passed on as it is.
    """
    signature = inspect.signature(check)

    @functools.wraps(check)
    def worded(*args: P.args, **kwargs: P.kwargs) -> R:
        __tracebackhide__ = True
        try:
            call = signature.bind(*args, **kwargs)
        except TypeError:
            raise UsageError(_wrong_call(check, signature, args, kwargs)) from None
        try:
            for name, value in call.arguments.items():
                if name in READERS and value is not signature.parameters[name].default:
                    call.arguments[name] = READERS[name](name, value)
            return check(*call.args, **call.kwargs)
        except GradtwinError as error:  # a mistake of the caller's, who is not led through this package
            raise error.with_traceback(None) from error.__cause__

    return worded


def _wrong_call(check: Callable[..., Any], signature: inspect.Signature, args: Any, kwargs: Any) -> str:
    """Return what is wrong with a call that the check does not take: unknown, surplus, twice or missing."""
    parameters = signature.parameters
    by_position = [n for n, p in parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD]
    needed = [n for n, p in parameters.items() if p.default is p.empty]
    passed = by_position[: len(args)]
    unknown = [n for n in kwargs if n not in parameters]
    twice = [n for n in passed if n in kwargs]
    if unknown:
        expected, got = "arguments that it has", f"{unknown[0]!r}.{_advice(unknown[0], parameters)}"
    elif len(args) > len(by_position):
        by_name = [n for n in parameters if n not in by_position]
        others = ", ".join([n for n in needed if n in by_name] or by_name[:2])
        expected = f"{' and '.join(by_position)} by position, and with {others} by name"
        got = f"{len(args)} by position."
    elif twice:
        expected, got = f"{twice[0]} once", "it by position and by name."
    else:
        missing = [n for n in needed if n not in kwargs and n not in passed]
        expected = ", and ".join(f"{n} ({_form(check, n)})" for n in missing)
        got = f"no {' and no '.join(missing)}."
    return f"Expected {check.__name__} to be called with {expected}; got {got}"


def _advice(argument: str, parameters: Mapping[str, Any]) -> str:
    """Return what to write in place of an argument that a check does not have."""
    if argument in TOLERANCES:
        return " No tolerance is needed: the bound is measured from the twin."
    listed = f" It has {', '.join(parameters)}."
    own = " What the code itself takes goes into options." if "options" in parameters else ""
    return f"{hint(argument, parameters) or listed}{own}"


def _form(check: Callable[..., Any], argument: str) -> str:
    """Return what the docstring of a check says of the form of an argument."""
    line = re.search(rf"^{argument} : (.+)$", inspect.getdoc(check) or "", re.MULTILINE)
    return line[1] if line else "see its documentation"


def _text(argument: str, value: object) -> str:
    if not isinstance(value, str):
        raise UsageError(f"Expected {argument} to be text; got {shown(value)}.")
    return value


def _flag(argument: str, value: object) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise UsageError(f"Expected {argument} to be True or False; got {shown(value)}.")
    return bool(value)


def _count(argument: str, value: object) -> int:
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < 0:
        raise UsageError(f"Expected {argument} to be a whole number of 0 or more; got {shown(value)}.")
    return int(value)


def _number(argument: str, value: object) -> float:
    if not isinstance(value, numbers.Real) or isinstance(value, bool):
        raise UsageError(f"Expected {argument} to be a real number; got {shown(value)}.")
    return float(value)


def _numbers(argument: str, value: object) -> tuple[float, ...]:
    if isinstance(value, (str, bytes)) or not isinstance(value, (Sequence, np.ndarray)):
        raise UsageError(f"Expected {argument} to be a sequence of real numbers; got {shown(value)}.")
    return tuple(_number(f"{argument}[{i}]", number) for i, number in enumerate(value))


def _names(argument: str, value: object) -> tuple[str, ...]:
    """Return names as a tuple; one name may come alone."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Sequence) or not all(isinstance(name, str) for name in value):
        raise UsageError(f"Expected {argument} to be a name or a sequence of names; got {shown(value)}.")
    return tuple(value)


def _function(argument: str, value: object) -> object:
    if not callable(value):
        raise UsageError(f"Expected {argument} to be callable; got {shown(value)}.")
    return value


def _mapping(argument: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"Expected {argument} to be a mapping from names to values; got {shown(value)}.")
    for name in value:
        if not isinstance(name, str):
            raise UsageError(f"Expected the keys of {argument} to be names; got {shown(name)}.")
    return value


def _dtypes(argument: str, value: object) -> tuple[str, ...]:
    """Return the names of precisions, each once."""
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise UsageError(
            f"Expected {argument} to be a sequence of at least one dtype name, such as ('float32',); "
            f"got {shown(value)}."
        )
    return tuple(dict.fromkeys(_dtype(argument, dtype) for dtype in value))


def _dtype(argument: str, value: object) -> str:
    return one_of(argument, _dtype_name(value), PRECISIONS)


def _dtype_name(dtype: object) -> object:
    """Return the name of a type of NumPy or torch, and anything else as it is."""
    if isinstance(dtype, np.dtype) or (isinstance(dtype, type) and issubclass(dtype, np.generic)):
        return np.dtype(dtype).name
    return _without_torch(dtype, "dtype")


def _allowance(argument: str, value: object) -> Allowance | bool:
    """Return what a process for the suspect may take; False where it needs none."""
    if isinstance(value, (bool, np.bool_)):
        return Allowance() if value else False
    if not isinstance(value, Mapping):
        raise UsageError(
            f"Expected {argument} to be True, False or a mapping of seconds and bytes; got {shown(value)}."
        )
    allowance = {
        one_of(f"the keys of {argument}", n, ("seconds", "bytes")): _number(argument, x) for n, x in value.items()
    }
    if any(x <= 0 for x in allowance.values()):
        raise UsageError(f"Expected the numbers of {argument} to be more than 0; got {shown(value)}.")
    return Allowance(**allowance)


def _device(argument: str, value: object) -> str:
    name = _without_torch(value, "device")
    if not isinstance(name, str):
        raise UsageError(f"Expected {argument} to be cpu, cuda or cuda:N; got {shown(value)}.")
    return check_device(name)


def _without_torch(value: object, kind: str) -> object:
    """Return the name of an object of a type of torch, which need not be imported, and anything else as it is."""
    known = (type(value).__module__, type(value).__name__) == ("torch", kind)
    return str(value).removeprefix("torch.") if known else value


READERS: dict[str, Callable[[str, Any], Any]] = {
    "accept": _names,
    "accumulator_dtype": _dtype,
    "command": _text,
    "device": _device,
    "differentiable": _names,
    "dtype": _dtype,
    "dtypes": _dtypes,
    "exact": _flag,
    "form": _text,
    "isolate": _allowance,
    "jacobian": _flag,
    "kinks": _numbers,
    "limits": _text,
    "margin": _function,
    "name": _text,
    "options": _mapping,
    "outputs": _names,
    "reference": _function,
    "seed": _count,
    "signed_zeros": _names,
}
"""How an argument is read that several checks share, or that is one of `gradtwin.check`."""
