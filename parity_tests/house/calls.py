"""The law over calls: somebody else's code is entered in one file."""

from __future__ import annotations

import ast
from collections.abc import Collection

__all__ = ["CODE", "code_names", "entries"]

CODE = "Code"
"""How a callable that is not ours is annotated, where it is an argument or a field."""


def code_names(source: str) -> set[str]:
    """Return the names of arguments and fields that are annotated as somebody else's code."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg) and _is_code(node.annotation):
            names.add(node.arg)
        elif isinstance(node, ast.AnnAssign) and _is_code(node.annotation) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
    return names


def entries(source: str, names: Collection[str]) -> list[str]:
    """Return the calls of what goes by one of these names, by itself or as somebody's attribute."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    entered = [c for c in calls if isinstance(c.func, ast.Name | ast.Attribute) and _last(c.func) in names]
    return [f"line {c.lineno}: {ast.unparse(c.func)}" for c in entered]


def _last(function: ast.Name | ast.Attribute) -> str:
    return function.id if isinstance(function, ast.Name) else function.attr


def _is_code(annotation: ast.expr | None) -> bool:
    return annotation is not None and any(isinstance(n, ast.Name) and n.id == CODE for n in ast.walk(annotation))
