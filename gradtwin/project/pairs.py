"""Finding the pairs of the project that gradtwin is run in."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradtwin.core.errors import UsageError, one_of
from gradtwin.project.case import KINDS, Row

__all__ = ["find_root", "load_rows", "select"]


def find_root(start: Path) -> Path:
    """Return the nearest folder at or above `start` whose pyproject.toml has ``[tool.gradtwin]``.

    Raises
    ------
    UsageError
        If there is none, or the file cannot be read as TOML.
    """
    for folder in (start, *start.parents):
        if "pairs" in _settings(folder / "pyproject.toml"):
            return folder
    raise UsageError(
        f'Expected a pyproject.toml with [tool.gradtwin] pairs = "package.module" at or above {start}; found none.'
    )


def _settings(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"Expected {path} to be valid TOML; {error}") from error
    return dict(data.get("tool", {}).get("gradtwin", {}))


def load_rows(start: Path | None = None) -> tuple[Row, ...]:
    """Import the module that ``[tool.gradtwin] pairs`` names and return its `PAIRS`.

    Raises
    ------
    UsageError
        If the module fails to import, has no `PAIRS`, holds something that is no row, or names a row twice.
    """
    root = find_root(start or Path.cwd())
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    name = _settings(root / "pyproject.toml")["pairs"]
    try:
        module = importlib.import_module(name)
    except Exception as error:  # a user's module may raise anything while it is imported
        raise UsageError(
            f"Expected [tool.gradtwin] pairs = {name!r} in {root / 'pyproject.toml'} to import; "
            f"it raised {type(error).__name__}: {error}"
        ) from error
    rows = getattr(module, "PAIRS", None)
    if not isinstance(rows, Sequence):
        raise UsageError(f"Expected the module {name!r} to hold PAIRS, a sequence of rows; got {type(rows).__name__}.")
    for row in rows:
        if not isinstance(row, KINDS):
            kinds = ", ".join(kind.__name__ for kind in KINDS)
            raise UsageError(f"Expected PAIRS of {name!r} to hold rows ({kinds}); got {row!r}.")
    names = [row.name for row in rows]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise UsageError(f"Expected every row of {name!r} to have a name of its own; got twice: {', '.join(twice)}.")
    return tuple(rows)


def select(rows: Sequence[Row], names: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of these names, in the project's order; a name may be a family or a tag, and none selects all.

    Raises
    ------
    UsageError
        If a name fits no row; the message holds the nearest names.
    """
    if not names:
        return tuple(rows)
    called = [(row.name, row.name.split(".")[0], *row.tags) for row in rows]
    every = [row.name for row in rows] + sorted({name for names_of in called for name in names_of[1:]})
    for name in names:
        one_of("NAME", name, every)
    return tuple(row for row, names_of in zip(rows, called, strict=True) if not set(names).isdisjoint(names_of))
