"""Which form a model has that is fitted and then asked: an object that learns into its attributes, or functions."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

from gradtwin.core.call import enter
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.signatures import Passed, require_takers
from gradtwin.forms.fitted import Estimator, Functions, Learner, methods_of, unrecognised, without_modes
from gradtwin.forms.learned import attributes_of

__all__ = ["read"]

OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def read(argument: str, side: Any, options: Mapping[str, Any]) -> Estimator:
    """Return how a model is read: by what ``fit`` is, and by what ``predict`` takes.

    Raises
    ------
    UsageError
        If it has neither form, or options have nobody to go to.
    """
    if not callable(getattr(side, "fit", None)):
        raise unrecognised(argument, side, "which has no fit")
    if not methods_of(side):
        raise unrecognised(argument, side, "which has no predict")
    if _is_of_functions(side):
        if not callable(getattr(side, "predict", None)):
            raise unrecognised(argument, side, "which has no predict")
        return Functions(argument, side, options)
    if isinstance(side, type):
        _require_built(argument, side, options)
        words = ", ".join(f"{name}={shown(x)}" for name, x in options.items())
        return Learner(side, lambda: enter(side, **options), f"built by {side.__name__}({words})", methods_of(side))
    if options:
        raise UsageError(
            f"Expected options to go to the constructor of a class, or to the fit of a module; got "
            f"{', '.join(options)} beside {argument}, an object of {type(side).__name__}, which was built already. "
            f"Hand over the class {type(side).__name__}, or set them in the object."
        )
    return Learner(
        side, lambda: _copied(argument, side), f"an object of {type(side).__name__}, copied", methods_of(side)
    )


def _is_of_functions(side: Any) -> bool:
    """Return whether ``fit`` is a plain function, or ``predict`` one of two arguments, what was fitted and X."""
    if isinstance(side, (ModuleType, SimpleNamespace)):
        return True
    if isinstance(side, type):
        return isinstance(inspect.getattr_static(side, "fit"), (staticmethod, classmethod))
    if getattr(side.fit, "__self__", None) is not side and "fit" in attributes_of(side):
        return True
    return _needs_two(getattr(side, "predict", None))


def _needs_two(function: Any) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(p.kind in positional and p.default is p.empty for p in parameters) > 1


def _require_built(argument: str, side: type, options: Mapping[str, Any]) -> None:
    """Raise a UsageError where a class is not built with these options alone."""
    try:
        signature = inspect.signature(side)
    except (TypeError, ValueError):
        return
    if Passed(0, (), tuple(options)).fits(signature):
        return
    needed = [n for n, p in signature.parameters.items() if p.default is p.empty and p.kind not in OPEN]
    missing = [name for name in needed if name not in options]
    if not missing:
        require_takers({f"the constructor of {argument}": side}, Passed(0, (), tuple(options)))
    raise UsageError(
        f"Expected {argument} to be a class that is built with options; got {side.__name__}, which needs "
        f"{', '.join(missing)} beside them. Add them to options, or hand over an object."
    )


def _copied(argument: str, side: Any) -> Any:
    try:
        with without_modes():  # under noise, what is copied would be given some
            return copy.deepcopy(side)
    except Exception as error:  # whatever an object may hold
        raise UsageError(
            f"Expected {argument} to be an object that copy.deepcopy copies, since each fit is made on a fresh one; "
            f"got {type(side).__name__}, which raised {type(error).__name__}: {error}. Hand over the class, with its "
            "options."
        ) from error
