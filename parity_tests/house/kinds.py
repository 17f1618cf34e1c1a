"""The law over kinds of row: only their registration knows them, so that a new one is a file and a place in it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

from parity_tests.house.source import last_name

__all__ = ["asked_for"]

ROWS = re.compile(r"gradtwin\.(rows|project\.kinds(\.\w+)?)")
"""The modules that kinds are imported from."""
KIND = re.compile(r"(\w+\.)*((rows|kinds)\.[A-Z]\w*|row\.kind)")
"""A kind of row as an attribute of its module, and the name of a row's kind."""
OF_A_VALUE = re.compile(r"type\(|(\w+\.)*(__class__|row\.kind)$")
"""What a comparison of kinds has on one of its sides."""


def asked_for(source: str, kinds: Iterable[str]) -> list[str]:
    """Return every place that asks of which of these kinds a row is: by its class, or by the name of its kind."""
    tree = ast.parse(source)
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and ROWS.fullmatch(n.module or "")]
    imported_kinds = {a.asname or a.name for node in imports for a in node.names if a.name in kinds}
    violations = []
    for node in ast.walk(tree):
        names = {ast.unparse(part) for asked in _classes_asked_for(node) for part in ast.walk(asked)}
        if names & imported_kinds or any(KIND.fullmatch(name) for name in names):
            violations.append(ast.unparse(node))
    return violations


def _classes_asked_for(node: ast.AST) -> Sequence[ast.AST]:
    """Return the classes that a node tells a value by, and both sides of a comparison of classes or kinds."""
    if isinstance(node, ast.Call) and last_name(node.func) in ("isinstance", "issubclass"):
        return node.args[1:]
    if isinstance(node, ast.MatchClass):
        return [node.cls]
    sides = [node.left, *node.comparators] if isinstance(node, ast.Compare) else []
    return sides if any(OF_A_VALUE.match(ast.unparse(side)) for side in sides) else []
