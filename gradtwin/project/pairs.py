"""Finding the pairs of the project that gradtwin is run in."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gradtwin.core.errors import UsageError, one_of
from gradtwin.project.kinds import KINDS, is_row
from gradtwin.project.packages import Packages
from gradtwin.project.trials import Row

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
    """Import the module that ``[tool.gradtwin] pairs`` names and return its `PAIRS`, with all modules named in full.

    Raises
    ------
    UsageError
        If the module fails to import, has no `PAIRS`, holds something that is no row, or names a row twice; if a row
        leaves it to the project where its modules stand, and the project does not say.
    """
    root = find_root(start or Path.cwd())
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    settings = _settings(root / "pyproject.toml")
    name = settings["pairs"]
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
        if not is_row(row):
            kinds = ", ".join(kind.__name__ for kind in KINDS)
            raise UsageError(f"Expected PAIRS of {name!r} to hold rows ({kinds}); got {row!r}.")
    names = [row.name for row in rows]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise UsageError(f"Expected every row of {name!r} to have a name of its own; got twice: {', '.join(twice)}.")
    packages = Packages(_package(settings, "suspects"), _package(settings, "twins"))
    return tuple(packages.complete(row) for row in rows)


def _package(settings: Mapping[str, Any], side: str) -> str | None:
    package = settings.get(side)
    if package is None or isinstance(package, str):
        return package
    raise UsageError(f"Expected [tool.gradtwin] {side} to be the name of a package; got {package!r}.")


def select(rows: Sequence[Row], names: Sequence[str]) -> tuple[Row, ...]:
    """Return the rows of these names, in the project's order; a name may be a family or a tag, and none selects all.

    Raises
    ------
    UsageError
        If a name fits no row; the message holds the nearest names.
    """
    if not names:
        return tuple(rows)
    names_by_row = [(row.name, row.name.split(".")[0], *row.tags) for row in rows]
    known = [row.name for row in rows] + sorted({name for row_names in names_by_row for name in row_names[1:]})
    for name in names:
        one_of("NAME", name, known)
    return tuple(r for r, row_names in zip(rows, names_by_row, strict=True) if not set(names).isdisjoint(row_names))
