"""What functions say that they take: whether both sides of a check take the inputs and the options of a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Any

from gradtwin.core.errors import UsageError, hint

__all__ = [
    "Passed",
    "described",
    "needed",
    "parameters",
    "positional",
    "require_takers",
    "stand_in",
    "takes_any_number",
    "takes_one",
    "without_first",
]

Code = Callable[..., Any]


@dataclass(frozen=True)
class Passed:
    """What a call passes: so many inputs by position, or inputs by these names, and options."""

    count: int
    names: Sequence[str] | None = None
    options: Sequence[str] = ()

    def fits(self, signature: Signature) -> bool:
        """Return whether a function of that signature takes it."""
        by_position = (None,) * self.count if self.names is None else ()
        try:
            signature.bind(*by_position, **dict.fromkeys((*(self.names or ()), *self.options)))
        except TypeError:
            return False
        return True

    def inputs_of(self, signature: Signature) -> Sequence[str]:
        """Return the parameters that the inputs are passed to."""
        return _of_kind(signature, *POSITIONAL)[: self.count] if self.names is None else self.names


POSITIONAL = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def require_takers(sides: Mapping[str, Code], passed: Passed) -> None:
    """Raise a UsageError where a side does not take what a call passes.

    A side whose signature cannot be read is believed to take everything.
    """
    signatures = {side: known for side, function in sides.items() if (known := _signatures(function))}
    for option in passed.options:
        _require_option(sides, signatures, passed, option)
    for side, known in signatures.items():
        if not any(passed.fits(signature) for signature in known):
            raise UsageError(_misfit(f"{side} {described(sides[side])}", known[0], passed))


def stand_in(signature: Signature) -> Code:
    """Return a function that is never called, and says that it takes what a signature says."""

    def function() -> None: ...

    setattr(function, "__signature__", signature)  # noqa: B010  mypy knows no such attribute
    return function


def without_first(function: Code) -> Code:
    """Return a stand-in for a function that takes what it takes but for the first argument: self, or a context."""
    signature = inspect.signature(function)
    return stand_in(signature.replace(parameters=list(signature.parameters.values())[1:]))


def positional(function: Code) -> list[str]:
    """Return the names of what a function takes by position; nothing where it does not say."""
    return [p.name for p in parameters(function) if p.kind in POSITIONAL]


def needed(function: Code) -> list[str]:
    """Return the names of what a function must be given by position; nothing where it does not say."""
    return [p.name for p in parameters(function) if p.kind in POSITIONAL and p.default is p.empty]


def takes_any_number(function: Code) -> bool:
    """Return whether a function takes any number of arguments by position, as one does that does not say."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return True
    return any(p.kind is p.VAR_POSITIONAL for p in parameters)


def parameters(function: Code) -> list[Parameter]:
    """Return what a function says that it takes; nothing, if it does not say."""
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def takes_one(function: Code) -> bool:
    """Return whether a function can be called with one argument, as far as its signature tells."""
    known = _signatures(function)
    return not known or any(Passed(1).fits(signature) for signature in known)


def described(function: Code) -> str:
    """Return the name of a function and what it takes, without annotations."""
    owner = function if hasattr(function, "__qualname__") else type(function)
    name = f"{owner.__module__}.{owner.__qualname__}"
    known = _signatures(function)
    if not known:
        return name
    parameters = [p.replace(annotation=p.empty) for p in known[0].parameters.values()]
    return f"{name}{Signature(parameters)}"


def _signatures(function: Code) -> list[Signature]:
    """Return what a function says that it takes, and what a wrapper of it takes itself; nothing if it does not say.

    A module says it by its ``forward``.
    """
    import torch

    target = function.forward if isinstance(function, torch.nn.Module) else function
    signatures: list[Signature] = []
    for follows in (True, False):
        try:
            signatures.append(inspect.signature(target, follow_wrapped=follows))
        except (TypeError, ValueError):
            continue
    return signatures


def _of_kind(signature: Signature, *kinds: Any) -> list[str]:
    return [p.name for p in signature.parameters.values() if p.kind in kinds]


def _takes_option(signature: Signature, option: str) -> bool:
    return option in _of_kind(signature, *BY_NAME) or bool(_of_kind(signature, Parameter.VAR_KEYWORD))


def _require_option(
    sides: Mapping[str, Code], signatures: Mapping[str, Sequence[Signature]], passed: Passed, option: str
) -> None:
    """Raise a UsageError for an option that is an input, or that a side does not take."""
    if any(option in passed.inputs_of(known[0]) for known in signatures.values()):
        raise UsageError(f"Expected options to hold no input; got {option!r}, which inputs hold already.")
    strangers = [side for side, known in signatures.items() if not any(_takes_option(s, option) for s in known)]
    if strangers:
        readable = [signatures[side][0] for side in strangers]
        names = [n for s in readable for n in _of_kind(s, *BY_NAME) if n not in passed.inputs_of(s)]
        who = " and ".join(f"{side} {described(sides[side])}" for side in strangers)
        raise UsageError(
            f"Expected options to name what {' and '.join(sides)} take; got {option!r}, which is unknown to {who}."
            f"{hint(option, names)}"
        )


def _misfit(who: str, signature: Signature, passed: Passed) -> str:
    """Return why a side does not take the inputs: one is unknown, missing or too many."""
    by_name = _of_kind(signature, *BY_NAME)
    unknown = [name for name in passed.names or () if not _takes_option(signature, name)]
    if unknown:
        return f"Expected inputs to have the names of what {who} takes; got {unknown[0]!r}.{hint(unknown[0], by_name)}"
    filled = {*passed.options, *passed.inputs_of(signature)}
    parts = (*POSITIONAL, Parameter.KEYWORD_ONLY)
    needed = [p.name for p in signature.parameters.values() if p.default is p.empty and p.kind in parts]
    missing = ", ".join(repr(n) for n in needed if n not in filled)
    got = f"{passed.count} input{'' if passed.count == 1 else 's'}{f', and none for {missing}' if missing else ''}"
    return f"Expected inputs to be what {who} takes; got {got}."
