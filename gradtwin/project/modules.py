"""The modules that rows name, as text, so that listing the rows imports neither side."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from gradtwin.core.call import enter
from gradtwin.core.errors import UsageError

__all__ = ["load", "obtain"]


def load(reference: str, attribute: str | None, row: str, role: str) -> Any:
    """Import a module that a row names and return one of its attributes (the module itself for None).

    Raises
    ------
    UsageError
        If the module cannot be imported or lacks the attribute.
    """
    try:
        module = importlib.import_module(reference)
    except Exception as error:  # a user's module may raise anything while it is imported
        raise UsageError(
            f"Expected the {role} of row {row!r} to be a module that imports; "
            f"got {reference!r}, which raises {type(error).__name__}: {error}"
        ) from error
    try:
        return module if attribute is None else getattr(module, attribute)
    except AttributeError as error:
        names = ", ".join(n for n in vars(module) if not n.startswith("_")) or "nothing public"
        raise UsageError(
            f"Expected the {role} of row {row!r}, module {reference!r}, to have {attribute!r}; it has {names}."
        ) from error


def obtain(function: Callable[[Any], Any], argument: Any, row: str, role: str) -> Any:
    """Return what a function of the project makes for a row: its inputs, its setup.

    Raises
    ------
    UsageError
        If it raises, as it does where a package is missing that only this row needs.
    """
    try:
        return enter(function, argument)
    except UsageError:
        raise
    except ImportError as error:
        package = str(error.name).partition(".")[0]
        raise UsageError(
            f"Expected the package {package!r} to be installed for the {role} of row {row!r}; "
            f"got {type(error).__name__}: {error}"
        ) from error
    except Exception as error:  # a user's function may raise anything
        raise UsageError(
            f"Expected the {role} of row {row!r} to be a function that returns; got {type(error).__name__}: {error}"
        ) from error
