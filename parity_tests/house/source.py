"""The laws over source text, as functions of it: each returns what breaks the law, and nothing where it is kept."""

from __future__ import annotations

import ast
import re

__all__ = ["BELOW", "LONGEST", "MOST", "last_name", "long_lines", "numbers", "skips", "tolerances", "wide"]

LONGEST = 120
MOST = 8
"""Parameters of a function; what travels together is one value."""
BELOW = 1e-3
"""A number this small that a difference is compared with is a tolerance."""
SMALL = frozenset({-1, 0, 1, 2})
"""Numbers that name an end, a sign or a pair."""
COUNTS = re.compile(r"\blen\(|\.(ndim|shape|size|dim\(\))")
LENIENT = re.compile(
    r"rtol|atol|rel_tol|abs_tol|decimal|approx|significant|isclose|(assert_)?allclose|"
    r"assert_(array_)?almost_equal(_nulp)?|assertAlmostEqual"
)
SKIPS = frozenset({"skip", "skipif", "skipIf", "skipUnless", "xfail", "importorskip", "SkipTest", "expectedFailure"})
_SKIPPED = re.compile(r">>>.*\+SKIP")


def tolerances(source: str) -> list[str]:
    """Return every name that states a tolerance, and every comparison of a difference with a number that is one."""
    violations = []
    for node in ast.walk(ast.parse(source)):
        for name in _names(node):
            if LENIENT.fullmatch(name):
                violations.append(f"line {_line(node)}: {name}")
        if isinstance(node, ast.Compare) and _differs_a_little(node):
            violations.append(f"line {node.lineno}: {ast.unparse(node)}")
    return violations


def numbers(source: str) -> list[str]:
    """Return the numbers that a verdict may rest on: in a comparison, or as a constant of the module.

    Counts of axes and elements are no such numbers, and neither are -1, 0, 1 and 2 in a comparison.
    """
    tree = ast.parse(source)
    compared = [ast.unparse(n) for n in ast.walk(tree) if isinstance(n, ast.Compare) and set(_literals(n)) - SMALL]
    assigned = [n for n in tree.body if isinstance(n, ast.Assign | ast.AnnAssign) and _is_constant(n.value)]
    constants = [ast.unparse(n) for n in assigned if n.value is not None and _literals(n.value)]
    return [*(text for text in compared if not COUNTS.search(text)), *constants]


def _is_constant(value: ast.AST | None) -> bool:
    """Return whether an expression is made of names and constants alone."""
    parts = ast.Constant | ast.Name | ast.UnaryOp | ast.BinOp | ast.Tuple | ast.List | ast.Set | ast.Dict
    marks = ast.operator | ast.unaryop | ast.expr_context
    return value is not None and all(isinstance(node, parts | marks) for node in ast.walk(value))


def _literals(node: ast.AST) -> list[float]:
    values = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant)]
    return [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]


def skips(source: str) -> list[str]:
    """Return every skip and expected failure, but for a `skipif` that asks whether a device is there."""
    nodes = list(ast.walk(ast.parse(source)))
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
    asking = {node.func for node in calls if re.fullmatch(r"not .*is_available\(\)", ast.unparse(node.args[0]))}
    violations = [f"line {_line(n)}: an example that is skipped" for n in nodes if _SKIPPED.search(_docstring(n))]
    for node in nodes:
        name = last_name(node)
        if isinstance(node, ast.Attribute | ast.alias) and name in SKIPS and not (name == "skipif" and node in asking):
            violations.append(f"line {_line(node)}: {name}")
    return violations


def wide(source: str) -> list[str]:
    """Return the functions that take more than `MOST` parameters, but for the public checks."""
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    counts = {f: len([*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs]) for f in functions}
    own = {f: count - (f.args.args[:1] != [] and f.args.args[0].arg in ("self", "cls")) for f, count in counts.items()}
    return [
        f"line {f.lineno}: {f.name}"
        for f, n in own.items()
        if n > MOST and f.name != "check" and not f.name.startswith("check_")
    ]


def long_lines(text: str) -> list[str]:
    """Return the lines that are longer than `LONGEST`."""
    return [f"line {i}: {len(x)} characters" for i, x in enumerate(text.splitlines(), 1) if len(x) > LONGEST]


def _docstring(node: ast.AST) -> str:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
        return ast.get_docstring(node) or ""
    return ""


def _names(node: ast.AST) -> list[str]:
    """Return the identifiers that a node holds itself."""
    fields = ("id", "attr", "arg", "name", "asname", "module")
    return [value for f in fields if isinstance(value := getattr(node, f, None), str)]


def last_name(node: ast.AST) -> str:
    """Return the last of the names in the dotted name that a node holds."""
    names = _names(node)
    return names[0].split(".")[-1] if names else ""


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _differs_a_little(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    return any(map(_tiny, sides)) and any(isinstance(x, ast.Sub) for side in sides for x in ast.walk(side))


def _tiny(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < abs(node.value) <= BELOW
