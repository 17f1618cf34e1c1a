"""What `gradtwin show` prints, formula, sources and numbers side by side, and what `gradtwin env` prints."""

from __future__ import annotations

import ast
import importlib.metadata
import inspect
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from gradtwin import __version__
from gradtwin.core.bound import K
from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import NothingCheckedError
from gradtwin.project.modules import load
from gradtwin.project.trials import Row

__all__ = ["environment", "show"]

WITHOUT_NUMBERS = ("crash", "structure", "impure")
"""Verdicts on code whose results cannot be put beside the twin's."""

REQUIRED = ("numpy", "scipy", "torch")
EXTRAS = {"cloudpickle": "isolation", "Pebble": "isolation", "python-flint": "witness"}
"""Optional packages, each with the extra that brings it."""


def environment() -> dict[str, str]:
    """Return versions, devices, CPU threads and K; for what is not installed, the command that installs it."""
    commands = {package: f"pip install {package}" for package in REQUIRED}
    commands |= {package: f"pip install 'gradtwin[{extra}]'" for package, extra in EXTRAS.items()}
    cuda = [f"cuda:{i} ({torch.cuda.get_device_name(i)})" for i in range(torch.cuda.device_count())]
    return {
        "python": platform.python_version(),
        "gradtwin": __version__,
        **{package: _version(package, command) for package, command in commands.items()},
        "devices": ", ".join(["cpu", *cuda]),
        "CPU threads": str(torch.get_num_threads()),
        "K": f"{K:g}",
    }


def _version(package: str, command: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return f"missing: {command}"


def show(row: Row, conditions: Conditions, write: Callable[[str], None]) -> bool:
    """Write what a row is made of and, unless its trials take long, its first case in numbers and the verdict.

    The trial is one that `gradtwin verify` runs. Return whether nothing that was written is a mismatch.

    Raises
    ------
    NothingCheckedError
        If the row has no case under these conditions.
    """
    case = row.cases[0]
    trial = next((t for t in row.trials(conditions) if t.case is case), None)
    if trial is None:
        raise NothingCheckedError(f"Expected row {row.name!r} to have a case at {conditions.dtypes[0]}; got none.")
    _write_sources(row, write)
    options = ", ".join(f"{k}={v!r}" for k, v in case.options.items()) or "defaults"
    write(_title(f"case {case.name!r}: {options}"))
    report = None if row.takes_long else trial.run()
    if report is None or report.verdict not in WITHOUT_NUMBERS:
        for part in row.numbers(trial, case):
            write(part)
    if report is None:
        return True
    write(_title("verdict"))
    write(str(report))
    return report.ok


def _write_sources(row: Row, write: Callable[[str], None]) -> None:
    """Write the formula of the suspect, and the sources of all that the row names."""
    references = {role: getattr(row, role) for side in row.sides for role in side if getattr(row, role)}
    modules = {role: load(name, None, row.name, role.replace("_", " ")) for role, name in references.items()}
    write(_title(f"{row.name}: formula"))
    write(inspect.getdoc(modules["suspect"]) or "The suspect's module has no docstring.")
    for role, module in modules.items():
        write(_title(f"{role.replace('_', ' ')}: {references[role]}"))
        write(_source(module))


def _title(text: str) -> str:
    return f"\n{text}\n{'-' * len(text)}"


def _source(module: Any) -> str:
    """Return the source of a module without its docstring, which is the formula."""
    text = Path(str(module.__file__)).read_text(encoding="utf-8")
    tree = ast.parse(text)
    start = 0 if ast.get_docstring(tree) is None else tree.body[0].end_lineno
    return "\n".join(text.splitlines()[start:]).strip()
