"""An object that steps layers, each of which has two parameters and their gradients in attributes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import aside, enter
from gradtwin.core.signatures import needed
from gradtwin.training.forms import objects
from gradtwin.training.forms.form import Form, OptimizerSource
from gradtwin.training.forms.naming import names_a_layer

__all__ = ["form_of", "method_of"]

Array = NDArray[Any]
METHODS = ("update_params", "update_parameters", "update_layer", "update", "step", "__call__")
"""The methods that may step a layer, the first that an object has."""
ATTRIBUTES = (
    ("weights", "biases", "dweights", "dbiases"),
    ("weights", "bias", "dweights", "dbias"),
    ("weights", "biases", "grad_weights", "grad_biases"),
    ("weights", "biases", "weights_grad", "biases_grad"),
    ("weights", "biases", "weight_gradients", "bias_gradients"),
    ("weight", "bias", "grad_weight", "grad_bias"),
    ("weight", "bias", "weight_grad", "bias_grad"),
    ("weight", "bias", "dweight", "dbias"),
    ("W", "b", "dW", "db"),
    ("w", "b", "dw", "db"),
    ("W", "b", "grad_W", "grad_b"),
    ("w", "b", "grad_w", "grad_b"),
)
"""What the two parameters of a layer and their gradients are called; each is tried."""


@dataclass(frozen=True)
class _Reading:
    """How an object is handed a layer."""

    method: str
    attributes: tuple[str, str, str, str]

    @property
    def words(self) -> str:
        """What the report says."""
        call = f"{self.method}(layer)" if self.method != "__call__" else "call with (layer)"
        return (
            f"{call} of layers with {', '.join(self.attributes)}, two parameters each in their order; one that is left "
            "over is both of a layer, of which the first is judged"
        )


def method_of(instance: Any) -> str | None:
    """Return the method of an object, or of a class, that takes a layer and nothing else; None where it has none."""
    methods = [name for name in METHODS if callable(getattr(instance, name, None))]
    return next((name for name in methods if _takes_a_layer(getattr(instance, name))), None)


def _takes_a_layer(method: Any) -> bool:
    names = [name for name in needed(method) if name != "self"]
    return len(names) == 1 and names_a_layer(names[0])


def form_of(source: OptimizerSource, instance: Any, options: Mapping[str, Any]) -> Form:
    """Return how an object that steps layers is read, by the attributes with which it steps one without an error."""
    method = str(method_of(instance))
    readings = [_Reading(method, attributes) for attributes in ATTRIBUTES]
    reading = next((reading for reading in readings if _passes(source, reading, options)), readings[0])
    of_lists = replace(source, of=lambda options: _OfLayers(source.of(options), reading))
    return objects.form_of_lists(of_lists, f"{source.words}: {reading.words}")


def _passes(source: OptimizerSource, reading: _Reading, options: Mapping[str, Any]) -> bool:
    """Return whether two steps of one layer raise nothing."""

    def two_steps() -> bool:
        optimizer, arrays = _OfLayers(source.of(source.making(options)), reading), [np.ones((2, 3)), np.ones((1, 3))]
        for _ in range(2):
            optimizer.step(arrays, arrays)
        return True

    with np.errstate(all="ignore"):
        return bool(aside("a step on trial", two_steps, (), {}, ()).value)


class _Layer:
    """A layer, on which an optimizer may keep what it likes."""


class _OfLayers:
    """An object that steps layers, in the place of one that steps a list."""

    def __init__(self, optimizer: Any, reading: _Reading) -> None:
        self.optimizer, self.reading = optimizer, reading
        self.layers: list[_Layer] = []

    def step(self, params: Sequence[Array], grads: Sequence[Any]) -> list[Array]:
        """Return parameters after a step of the layers that have any gradient."""
        pairs = list(zip(params, grads, strict=True))
        pairs += [pairs[-1]] * (len(pairs) % 2)
        self.layers = self.layers or [_Layer() for _ in pairs[::2]]
        self._call(f"pre_{self.reading.method}")
        for layer, first, second in zip(self.layers, pairs[::2], pairs[1::2], strict=True):
            values = [*(np.array(p) for p, _ in (first, second)), *(_copied(g) for _, g in (first, second))]
            for attribute, x in zip(self.reading.attributes, values, strict=True):
                setattr(layer, attribute, x)
            if any(g is not None for _, g in (first, second)):
                enter(getattr(self.optimizer, self.reading.method), layer)
        self._call(f"post_{self.reading.method}")
        after = [getattr(layer, name) for layer in self.layers for name in self.reading.attributes[:2]]
        return after[: len(params)]

    def _call(self, name: str) -> None:
        """Call a method that goes before all layers, or comes after them, if there is one."""
        method = getattr(self.optimizer, name, None)
        if callable(method) and not needed(method):
            enter(method)


def _copied(gradient: Any) -> Any:
    return None if gradient is None else np.array(gradient)
