"""The laws over source text, as functions of it: each returns what breaks the law, and nothing where it is kept."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

__all__ = [
    "BELOW",
    "LEGACY",
    "LONGEST",
    "disorder",
    "imported",
    "long_lines",
    "outsiders",
    "parameters",
    "skips",
    "tolerances",
    "torch_parameters",
]

LONGEST = 120
BELOW = 1e-3
"""A number this small that a difference is compared with is a tolerance."""
LEGACY = frozenset({"size_average", "reduce", "inplace", "_stacklevel", "foreach", "generator"})
"""What functions of torch take for an older interface, for speed, or to draw from."""
LENIENT = re.compile(
    r"rtol|atol|rel_tol|abs_tol|decimal|approx|significant|isclose|(assert_)?allclose|"
    r"assert_(array_)?almost_equal(_nulp)?|assertAlmostEqual"
)
SKIPS = frozenset({"skip", "skipif", "skipIf", "skipUnless", "xfail", "importorskip", "SkipTest", "expectedFailure"})
_SKIPPED = re.compile(r">>>.*\+SKIP")

Parameter = tuple[str, str, Any]


def imported(source: str) -> list[str]:
    """Return the names of the modules that the source imports, by statement or by `import_module`."""
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append("." * node.level + (node.module or ""))
        elif isinstance(node, ast.Call) and _last_name(node.func) in ("import_module", "__import__"):
            names += [a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    return names


def outsiders(source: str, forbidden: Iterable[str]) -> list[str]:
    """Return the imports of the source from packages that it must not know."""
    packages = set(forbidden)
    return [name for name in imported(source) if name.split(".")[0] in packages]


def tolerances(source: str) -> list[str]:
    """Return every name that states a tolerance, and every comparison of a difference with a number that is one."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for name in _names(node):
            if LENIENT.fullmatch(name):
                found.append(f"line {_line(node)}: {name}")
        if isinstance(node, ast.Compare) and _differs_a_little(node):
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def skips(source: str) -> list[str]:
    """Return every skip and expected failure, but for a `skipif` that asks whether a device is there."""
    nodes = list(ast.walk(ast.parse(source)))
    calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
    asking = {node.func for node in calls if re.fullmatch(r"not .*is_available\(\)", ast.unparse(node.args[0]))}
    found = [f"line {_line(n)}: an example that is skipped" for n in nodes if _SKIPPED.search(_docstring(n))]
    for node in nodes:
        name = _last_name(node)
        if isinstance(node, ast.Attribute | ast.alias) and name in SKIPS and not (name == "skipif" and node in asking):
            found.append(f"line {_line(node)}: {name}")
    return found


def long_lines(text: str) -> list[str]:
    """Return the lines that are longer than `LONGEST`."""
    return [f"line {i}: {len(x)} characters" for i, x in enumerate(text.splitlines(), 1) if len(x) > LONGEST]


def disorder(source: str, family: str) -> list[str]:
    """Return how a module of `scratch/` departs from the form of its family.

    An op is ``forward`` and then ``backward``, with `grad` before the forward's own parameters, and in families that
    nobody differentiates ``forward`` alone; an optimizer ``State``, ``init`` and ``step``, with the same options; a
    model ``Fitted``, ``fit`` and ``predict``, and after ``Fitted`` an op, a cost ``value_and_grad``, or both.
    """
    tree = ast.parse(source)
    order = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    takes = {n.name: ast.unparse(n.args) for n in tree.body if isinstance(n, ast.FunctionDef)}
    expected, rules = _forms(takes)[family]
    wrong = [f"{name} takes ({takes.get(name)}), not ({want})" for name, want in rules if takes.get(name) != want]
    if [name for name in order if name in expected] != expected:
        wrong.append(f"defines {', '.join(order)}, not {', '.join(expected)} in this order")
    return wrong


def _forms(takes: dict[str, str]) -> dict[str, tuple[list[str], list[tuple[str, str]]]]:
    """Return, by family, the names that a module defines, in order, and what its functions take."""
    op = ["forward", "backward"], [("backward", f"grad, {takes.get('forward')}")]
    coupled = takes.get("init", "").startswith("params")
    one, given = ("params", "closure") if coupled else ("param", "grad")
    options = takes.get("init", "").removeprefix(one)
    optimizer = [("init", f"{one}{options}"), ("step", f"{one}, {given}, state{options}")]
    between, rules = op if "forward" in takes else ([], [])
    cost = ["value_and_grad"] if "value_and_grad" in takes else []
    model = ["Fitted", *between, *cost, "fit", "predict"], [*rules, ("predict", "fitted, X")]
    return {
        "activations": op,
        "approximation": op,
        "augmentation": op,
        "features": op,
        "gradient_checking": (["forward"], []),
        "graph": op,
        "errata": op,
        "init": (["forward"], []),
        "layers": op,
        "likelihoods": model,
        "linear_models": model,
        "losses": op,
        "models": model,
        "multiclass": model if "fit" in takes else (["forward"], []),
        "optimizers": (["State", "init", "step"], optimizer),
        "schedulers": _schedule(takes),
        "training": (["forward"], []),
    }


def _schedule(takes: dict[str, str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the form of a schedule: a closed one, with that of the momentum, or one that has a state."""
    options = takes.get("lr", takes.get("init", "")).partition("*, base_lr")[2]
    closed: list[tuple[str, str]] = [
        (name, f"step, *, base_lr{options}") for name in ("lr", "momentum") if name in takes
    ]
    if "lr" in takes:
        return [name for name, _ in closed], closed
    return ["State", "init", "step"], [
        ("init", f"*, base_lr{options}"),
        ("step", f"state, metric, *, base_lr{options}"),
    ]


def parameters(function: Callable[..., Any], without: Sequence[str] = ()) -> list[Parameter]:
    """Return name, kind and default of what a function takes, in order."""
    listed = inspect.signature(function).parameters.values()
    return [(p.name, p.kind.description, p.default) for p in listed if p.name not in without]


def torch_parameters(function: Callable[..., Any]) -> list[Parameter]:
    """Return what a function of torch takes, without `LEGACY`; of a builtin, what its docstring begins with."""
    try:
        return parameters(function, tuple(LEGACY))
    except ValueError:
        head = (function.__doc__ or "").strip().split(" ->")[0]
        namespace: dict[str, Any] = {}
        exec(f"def {head}: ...", namespace)
        return parameters(namespace[head.partition("(")[0]], tuple(LEGACY))


def _docstring(node: ast.AST) -> str:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
        return ast.get_docstring(node) or ""
    return ""


def _names(node: ast.AST) -> list[str]:
    """Return the identifiers that a node holds itself."""
    fields = ("id", "attr", "arg", "name", "asname", "module")
    return [value for f in fields if isinstance(value := getattr(node, f, None), str)]


def _last_name(node: ast.AST) -> str:
    names = _names(node)
    return names[0].split(".")[-1] if names else ""


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _differs_a_little(node: ast.Compare) -> bool:
    sides = (node.left, *node.comparators)
    return any(map(_tiny, sides)) and any(isinstance(x, ast.Sub) for side in sides for x in ast.walk(side))


def _tiny(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < abs(node.value) <= BELOW
