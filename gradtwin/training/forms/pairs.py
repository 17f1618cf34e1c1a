"""An object that steps pairs of a gradient and its parameter, in place: ``apply_gradients(zip(grads, params))``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import enter
from gradtwin.core.signatures import needed
from gradtwin.training.forms import objects
from gradtwin.training.forms.form import Form, OptimizerSource
from gradtwin.training.forms.layouts import LISTS
from gradtwin.training.forms.parameters import ParameterHolder

__all__ = ["form_of", "method_of"]

Array = NDArray[Any]
METHODS = ("apply_gradients", "apply_grads")
"""The methods that may step pairs, the first that an object has."""


def method_of(instance: Any) -> str | None:
    """Return the method of an object, or of a class, that takes pairs and nothing else; None where it has none."""
    methods = [name for name in METHODS if callable(getattr(instance, name, None))]
    return next((name for name in methods if _takes_pairs(getattr(instance, name))), None)


def _takes_pairs(method: Any) -> bool:
    return len([name for name in needed(method) if name != "self"]) == 1


def form_of(source: OptimizerSource, instance: Any, options: Mapping[str, Any]) -> Form:
    """Return how an object that steps pairs is read; there is one way, whatever the options are."""
    method = str(method_of(instance))
    of_lists = replace(source, of=lambda options: _OfPairs(source.of(options), method))
    words = f"{source.words}: {method}(pairs of a gradient and its parameter), which are arrays with assign, in place"
    return objects.form_of_lists(of_lists, words)


class _OfPairs:
    """An object that steps pairs, in the place of one that steps a list."""

    def __init__(self, optimizer: Any, method: str) -> None:
        self.optimizer, self.method = optimizer, method
        self.held: ParameterHolder | None = None

    def step(self, params: Sequence[Array], grads: Sequence[Any]) -> list[Array]:
        """Return parameters after a step."""
        if self.held is None:
            self.held = ParameterHolder(LISTS, [f"parameter {i}" for i in range(len(params))], params)
            build = getattr(self.optimizer, "build", None)
            if callable(build):
                enter(build, self.held.container)
        self.held.bring(params, grads)
        # A list: what goes through a zip twice finds nothing there, and whoever passes a list sees no difference.
        copies = [None if g is None else np.array(g) for g in grads]
        enter(getattr(self.optimizer, self.method), list(zip(copies, self.held.container, strict=True)))
        return self.held.arrays()
