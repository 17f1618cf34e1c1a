"""The errors gradtwin raises, each with the exit code of the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "DeviceMissingError",
    "ExtraMissingError",
    "GradtwinError",
    "NothingCheckedError",
    "UsageError",
    "nearest",
    "one_of",
]


class GradtwinError(Exception):
    """Base of every error that gradtwin raises on purpose."""

    exit_code = 4


class UsageError(GradtwinError, ValueError):
    """The caller asked for something that cannot be judged; the message says what was expected and what came."""

    exit_code = 2


class ExtraMissingError(UsageError, ImportError):
    """An optional dependency is needed and not installed; the message holds the install command."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package {package}, which is not installed: pip install 'gradtwin[{extra}]'"
        )


class DeviceMissingError(GradtwinError, RuntimeError):
    """The device exists in PyTorch's vocabulary but not on this machine."""

    exit_code = 3


class NothingCheckedError(GradtwinError, LookupError):
    """The request was well formed and selected nothing to check."""

    exit_code = 5


def nearest(value: str, names: Iterable[str]) -> list[str]:
    """Return the names that are most like a text, or that are its last part or its initials (``lr``)."""
    known = tuple(names)
    initials = "".join(word[:1] for word in value.split("_"))
    near = difflib.get_close_matches(value, known, n=3, cutoff=0.5)
    return near + [n for n in known if n not in near and (n.rpartition(".")[2] == value or n == initials)]


def one_of(argument: str, value: object, known: Iterable[str]) -> str:
    """Return `value` if it is among `known`, else raise a UsageError that names the nearest."""
    names = tuple(known)
    if isinstance(value, str) and value in names:
        return value
    near = nearest(str(value), names)
    hint = f" Nearest: {', '.join(near)}." if near else ""
    listed = f"one of {', '.join(names)}" if len(names) <= 12 else f"one of {len(names)} known names"
    raise UsageError(f"Expected {argument} to be {listed}; got {value!r}.{hint}")
