"""Which method of an object steps parameters, and how: by the names of what it takes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from gradtwin.core.captured import names_in
from gradtwin.core.errors import UsageError
from gradtwin.core.signatures import positional
from gradtwin.training.forms import layers, objects, pairs
from gradtwin.training.forms.form import Form, OptimizerSource

__all__ = ["form_of", "methods_of"]

FormOf = Callable[[OptimizerSource, Any, Mapping[str, Any]], Form]


def methods_of(product: Any) -> dict[str, FormOf]:
    """Return the methods of an object that may step parameters, each with what tells the form of it."""
    known: dict[str | None, FormOf] = {
        layers.method_of(product): layers.form_of,
        pairs.method_of(product): pairs.form_of,
        objects.method_of(product, holds=False): functools.partial(objects.form_of, holds=False),
    }
    return {method: form_of for method, form_of in known.items() if method is not None}


def form_of(product: Any, source: OptimizerSource, options: Mapping[str, Any]) -> Form:
    """Return the form of an object that steps what it is handed, by the one method that takes that."""
    methods = methods_of(product)
    # A method that another one names is its helper.
    helpers = {name for method in methods for name in names_in(_function_of(product, method)) if name != method}
    entrances = [method for method in methods if method not in helpers] or list(methods)
    if len(entrances) > 1:
        listed = " and ".join(f"{method}({', '.join(_arguments(product, method))})" for method in entrances)
        raise UsageError(
            f"Expected optimizer to have one method that steps parameters; got {listed}. This line leaves one:\n"
            f"    optimizer = types.SimpleNamespace({entrances[0]}=optimizer.{entrances[0]})"
        )
    return methods[entrances[0]](source, product, options)


def _arguments(product: Any, method: str) -> list[str]:
    return [name for name in positional(getattr(product, method)) if name != "self"]


def _function_of(product: Any, method: str) -> Any:
    function = getattr(product, method)
    return getattr(function, "__func__", function)
