"""Laws of the house: what holds for the source of the whole project, and for the wheel that is made of it.

`source`, `imports` and `kinds` read text, `forms` reads what algorithms define and take, `rows` what their cases try,
and `docstrings` what they say. Each law is a function that returns what breaks it; the tests beside them hold every law
over the project and over a planted violation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

__all__ = ["ALGORITHMS", "OURS", "ROOT", "SOURCES", "TEXTS", "broken", "modules", "read"]

ROOT = Path(__file__).resolve().parents[2]
OURS = ("docs", "gradtwin", "parity_tests", "reference", "scratch", "scripts")
SUFFIXES = (".py", ".md", ".toml", ".txt", ".yaml", ".cff", ".json", "")


def _texts() -> list[str]:
    """Return the paths of all that is written by hand."""
    inside = [p for name in (*OURS, ".ci") for p in (ROOT / name).rglob("*") if "__pycache__" not in p.parts]
    texts = [p for p in (*inside, *ROOT.glob("*")) if p.is_file() and p.suffix in SUFFIXES]
    return sorted(p.relative_to(ROOT).as_posix() for p in texts)


def modules(package: str) -> dict[str, str]:
    """Return the algorithms of a package: dotted name without the package, by path without the package."""
    paths = [p.relative_to(ROOT / package) for p in (ROOT / package).rglob("*.py")]
    return {p.as_posix(): ".".join(p.with_suffix("").parts) for p in paths if not p.name.startswith("_")}


def read(path: str) -> str:
    """Return the text of a file of the project."""
    return (ROOT / path).read_text(encoding="utf-8")


def broken(law: Callable[[str], list[str]], paths: Iterable[str]) -> list[str]:
    """Return what breaks a law, each with its path."""
    return [f"{path}, {what}" for path in paths for what in law(read(path))]


TEXTS = _texts()
SOURCES = [path for path in TEXTS if path.endswith(".py")]
ALGORITHMS = sorted(modules("scratch").values())
