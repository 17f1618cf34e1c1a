"""Jaxprs, which JAX writes of a function: walked operation by operation, and without the rules that users gave them."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = ["CALLS", "bound", "walked", "with_constants", "without_rules"]

Values = Sequence[Any]

# What runs a jaxpr once, with its own operands.
CALLS = {
    "checkpoint": "jaxpr",
    "closed_call": "call_jaxpr",
    "core_call": "call_jaxpr",
    "custom_jvp_call": "call_jaxpr",
    "custom_vjp_call": "call_jaxpr",
    "custom_vjp_call_jaxpr": "fun_jaxpr",
    "jit": "jaxpr",
    "pjit": "jaxpr",
    "remat": "jaxpr",
    "remat2": "jaxpr",
}
RULES = frozenset({"custom_jvp_call", "custom_vjp_call", "custom_vjp_call_jaxpr"})
"""The calls of functions that have a rule of their own for their gradient."""


def without_rules(jaxpr: Any) -> Any:
    """Return a jaxpr that differentiates through the functions of which somebody has written the gradient by hand.

    The rules of JAX's own functions stay: they are no part of what is tested.
    """
    whole = with_constants(jaxpr)
    if not _has_rules(whole.jaxpr):
        return whole

    def plain(*values: Any) -> list[Any]:
        return walked(whole, values, _plain_step)

    return _jax().make_jaxpr(plain)(*(v.aval for v in whole.jaxpr.invars))


def _plain_step(equation: Any, values: Values) -> list[Any]:
    if _is_rule(equation):
        inner = without_rules(equation.params[CALLS[equation.primitive.name]])
        return walked(inner, values, bound)
    parameters = {name: _parameter(value) for name, value in equation.params.items()}
    return bound(equation, values, parameters)


def _parameter(value: Any) -> Any:
    """Return a parameter of an operation with the jaxprs in it taken out of the hands of others' rules."""
    if isinstance(value, tuple) and any(map(_is_jaxpr, value)):
        parts = [_parameter(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if not _is_jaxpr(value) or not _has_rules(getattr(value, "jaxpr", value)):
        return value
    return without_rules(value) if hasattr(value, "jaxpr") else without_rules(value).jaxpr


def _has_rules(jaxpr: Any) -> bool:
    """Return whether a rule of somebody's stands in a jaxpr, or in one that is within it."""
    return any(_is_rule(e) or any(_has_rules(part) for part in _inner(e)) for e in jaxpr.eqns)


def _inner(equation: Any) -> list[Any]:
    values = [v for p in equation.params.values() for v in (p if isinstance(p, tuple) else (p,))]
    return [getattr(v, "jaxpr", v) for v in values if _is_jaxpr(v)]


def _is_jaxpr(x: Any) -> bool:
    return hasattr(x, "eqns")


def _is_rule(equation: Any) -> bool:
    """Return whether an equation calls a function with a gradient by a hand that is not JAX's."""
    name = equation.primitive.name
    if name not in RULES:
        return False
    where = with_constants(equation.params[CALLS[name]]).jaxpr.debug_info.func_src_info or ""
    return os.path.dirname(str(_jax().__file__)) + os.sep not in where


def walked(whole: Any, values: Values, step: Callable[[Any, Values], list[Any]]) -> list[Any]:
    """Return the results of a closed jaxpr of which each operation is done by `step`."""
    jaxpr = whole.jaxpr
    known = dict(zip((*jaxpr.constvars, *jaxpr.invars), (*whole.consts, *values), strict=True))

    def value(x: Any) -> Any:
        return np.asarray(x.val, x.aval.dtype) if hasattr(x, "val") else known[x]  # a literal brings its own

    for equation in jaxpr.eqns:
        with equation.ctx.manager:
            results = step(equation, [value(x) for x in equation.invars])
        known.update(zip(equation.outvars, results, strict=True))
    return [value(x) for x in jaxpr.outvars]


def bound(equation: Any, values: Values, parameters: Any = None) -> list[Any]:
    """Return the results of an operation, done by JAX."""
    primitive = equation.primitive
    parameters = equation.params if parameters is None else parameters
    answer = primitive.bind(*values, **primitive.get_bind_params(parameters))
    return list(answer) if primitive.multiple_results else [answer]


def with_constants(jaxpr: Any) -> Any:
    """Return a jaxpr with its constants, of which it has none where it comes without."""
    if hasattr(jaxpr, "consts"):
        return jaxpr
    return importlib.import_module("jax.extend.core").ClosedJaxpr(jaxpr, ())


def _jax() -> Any:
    return sys.modules["jax"]
