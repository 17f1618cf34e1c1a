"""The errors gradtwin raises, each with the exit code of the command line."""

from __future__ import annotations

import difflib
import dis
import os
import sysconfig
import traceback
from collections.abc import Iterable
from pathlib import Path

__all__ = [
    "SHORT",
    "DeviceMissingError",
    "ExtraMissingError",
    "GradtwinError",
    "NothingCheckedError",
    "UsageError",
    "hint",
    "is_own_raise",
    "nearest",
    "one_of",
    "place_of",
    "shown",
]

SHORT = 80
"""Characters of a value that a message can hold."""
OURS = f"{Path(__file__).parents[1]}{os.sep}"
INSTALLED = tuple(f"{sysconfig.get_path(kind)}{os.sep}" for kind in ("stdlib", "purelib", "platlib"))
"""Where code lies that a user rarely mends: the standard library and packages."""


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
    known = tuple(dict.fromkeys(names))
    initials = "".join(word[:1] for word in value.split("_"))
    near = difflib.get_close_matches(value, known, n=3, cutoff=0.5)
    return near + [n for n in known if n not in near and (n.rpartition(".")[2] == value or n == initials)]


def hint(value: object, names: Iterable[str]) -> str:
    """Return the sentence that names the nearest, with a space before; empty if there is none."""
    near = nearest(str(value), names)
    return f" Nearest: {', '.join(near)}." if near else ""


def one_of(argument: str, value: object, known: Iterable[str]) -> str:
    """Return `value` if it is among `known`, else raise a UsageError that names the nearest."""
    names = tuple(known)
    if isinstance(value, str) and value in names:
        return value
    listed = f"one of {', '.join(names)}" if len(names) <= 12 else f"one of {len(names)} known names"
    raise UsageError(f"Expected {argument} to be {listed}; got {value!r}.{hint(value, names)}")


def shown(value: object) -> str:
    """Return a value as a message shows it: with its type unless that is plain, and its type alone if it is long."""
    text = repr(value)
    if value is None or isinstance(value, (str, int, float)):
        return text
    return type(value).__name__ if len(text) > SHORT or "\n" in text else f"{type(value).__name__} {text}"


def place_of(error: BaseException) -> str:
    """Return the last place in the user's code that an error went through, with a space before; empty if in none.

    Where it went through packages alone, that is the last place in these.
    """
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith((OURS, "<frozen"))]
    frames = [f for f in frames if not f.filename.startswith(INSTALLED)] or frames
    return f" at {frames[-1].filename}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""


def is_own_raise(error: BaseException) -> bool:
    """Return whether an error comes from a statement, ``raise`` or ``assert``, of code that is no package's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_code.co_filename.startswith((OURS, *INSTALLED)):
        return False
    return trace.tb_frame.f_code.co_code[trace.tb_lasti] == dis.opmap["RAISE_VARARGS"]
