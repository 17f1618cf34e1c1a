"""The laws over the form of an algorithm: what its module defines, and what its functions take."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["LEGACY", "disorder", "parameters", "torch_parameters"]

LEGACY = frozenset({"size_average", "reduce", "inplace", "_stacklevel", "foreach", "generator"})
"""What functions of torch take for an older interface, for speed, or to draw from."""

Parameter = tuple[str, str, Any]


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
