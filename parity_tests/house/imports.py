"""The laws over imports: who may know whom, and by which names."""

from __future__ import annotations

import ast
import importlib
import importlib.util
from collections.abc import Iterable

from parity_tests.house import OURS
from parity_tests.house.source import last_name

__all__ = ["WALLS", "imported", "outsiders", "room_of", "through_walls", "unlisted"]

WALLS: dict[str, tuple[str, ...]] = {
    "core": (),
    "catalogue": (),
    "forms": ("core",),
    "hunt": ("catalogue",),
    "ops": ("core", "catalogue", "forms", "hunt"),
    "training": ("core",),
    "project": ("core", "forms", "ops", "training"),
    "": ("core", "forms", "ops", "training", "project"),
    "face": ("core", "forms", "ops", "training", "project", ""),
    "__main__": ("face",),
}
"""The rooms of the oracle that each knows besides itself. The empty name is `gradtwin` and its public modules."""


def imported(source: str) -> list[str]:
    """Return the names of the modules that the source imports, by statement or by `import_module`."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Call) and last_name(node.func) in ("import_module", "__import__"):
            names += [a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return names


def outsiders(source: str, forbidden: Iterable[str]) -> list[str]:
    """Return the imports of the source from packages that it must not know."""
    packages = set(forbidden)
    return [name for name in imported(source) if name.split(".")[0] in packages]


def through_walls(source: str, room: str) -> list[str]:
    """Return the imports of a module in that room from rooms of the oracle that it must not know."""
    known = {room, *WALLS[room]}
    return [name for name in imported(source) if name.split(".")[0] in ("gradtwin", "") and room_of(name) not in known]


def room_of(module: str) -> str:
    """Return the room that a module of the oracle stands in."""
    _, *inside = module.split(".")
    return inside[0] if inside and inside[0] in WALLS else ""


def unlisted(source: str) -> list[str]:
    """Return the names that the source imports from one of our modules and that its `__all__` does not list.

    Only the oracle lists what others may use; elsewhere the names must not be private.
    """
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS
        for alias in node.names
        if not _is_module(f"{node.module}.{alias.name}") and not _is_public(node.module, alias.name)
    ]


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # of what stands in a module that is no package
        return False


def _is_public(module: str, name: str) -> bool:
    if module.split(".")[0] == "gradtwin":
        return name in getattr(importlib.import_module(module), "__all__", ())
    return not name.startswith("_")
