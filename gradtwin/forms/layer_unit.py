"""A layer as functions of its inputs and parameters.

A call of the forward, or of both one after the other, is one unit: the parameters are put where the object has them,
the gradients that it holds are set to zero, and what the object then computes and keeps is the answer.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from gradtwin.core.call import Code, StructureError, attempt, enter
from gradtwin.core.contents import bits
from gradtwin.core.errors import UsageError
from gradtwin.core.signatures import needed, positional, takes_any_number
from gradtwin.forms.backwards import call_backward, output_and_cache
from gradtwin.forms.gradient_names import input_of_key
from gradtwin.forms.layers import Layer
from gradtwin.forms.nested import is_nested, leaves
from gradtwin.forms.roles import CACHE, GRAD, OUTPUTS, Roles, roles_in_words, roles_of
from gradtwin.forms.spots import Spot, gradient_spots, parameter_spots, spot_at

__all__ = ["LayerUnit"]

OBJECTS = 4
"""How many objects are kept that were made of parameters, each for its own."""
CLEARING = (
    *("zero_grad", "zero_grads", "zero_gradients", "clear_gradients", "clear_grads", "cleargrads"),
    *("flush_gradients", "reset_gradients", "reset_grads", "reset_grad"),
)
"""The methods by which objects forget their gradients, and what they have collected for them."""
OF_INPUT = ("dinputs", "dinput", "dx", "dX", "grad_input", "grad_inputs", "input_grad")
"""Where an object whose backward returns nothing keeps the gradient of its one input."""


class LayerUnit:
    """A layer as a forward and a backward of its inputs and parameters.

    Parameters
    ----------
    layer : Layer
        The layer.
    names, values : tuples
        The names of all inputs, and the inputs.
    options : mapping
        The options.
    form_words : str, optional
        What the user says that its backward takes.

    Raises
    ------
    UsageError
        If it does not take the inputs, or has no place for one of them.
    """

    def __init__(
        self,
        layer: Layer,
        names: tuple[str, ...],
        values: tuple[Any, ...],
        options: Mapping[str, Any],
        form_words: str | None,
    ) -> None:
        self.layer, self._arguments, self._options = layer, names, options
        self._objects: dict[Any, Any] = {}
        example = self._example(dict(zip(names, values, strict=True)))
        self._own = None if layer.takes_params else _copied(example)
        forward, backward = layer.functions(example)
        of_forward = [name for name in needed(forward) if name not in options]
        rest = [n for n in names if n not in of_forward] if {*of_forward} <= {*names} else names[len(of_forward) :]
        self._nested = {n for n, x in zip(names, values, strict=True) if n in rest and is_nested(x)}
        by_name = self.by_name(values)
        self.names = tuple(by_name)
        self.spots = self._parameters(example, by_name, of_forward)
        self.inputs = tuple(n for n in self.names if n not in self.spots)
        self._require_taken(of_forward, forward)
        self.roles = self._roles(backward, form_words)
        self.grads: dict[str, Spot] = {}

    def _example(self, by_name: Mapping[str, Any]) -> Any:
        """Return the object, or one that is made, or the class of what is made of parameters."""
        make = self.layer.make
        if not self.layer.takes_params:
            return make if self.layer.is_made else enter(make)
        missing = [name for name in needed(make) if name not in by_name] if not self.layer.params else []
        if missing:
            raise UsageError(
                f"Expected inputs to have what {self.layer.title} is made of, {', '.join(needed(make))}; got no "
                f"{', '.join(missing)}. Hand over an object that is made, or write gradtwin.layer(make)."
            )
        if isinstance(make, type):
            return make
        params = self.layer.params or needed(make)
        known = all(name in by_name for name in params)
        return enter(make, *([by_name[name] for name in params] if known else [*by_name.values()][-len(params) :]))

    def by_name(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """Return the arguments by name, those one by one that hold several parameters."""
        named: dict[str, Any] = {}
        for name, x in zip(self._arguments, arguments, strict=True):
            named |= leaves(x, name) if name in self._nested else {name: x}
        return named

    def forward(self, /, *arguments: Any, **options: Any) -> Any:
        """Return what the object computes of the inputs, with the parameters."""
        by_name = self.by_name(arguments)
        value = self.value(self.owner_of(by_name), by_name, options)
        return output_and_cache(value)[0] if CACHE in self.roles.all_roles else value

    def backward(self, /, grad: Any, *arguments: Any, **options: Any) -> Any:
        """Return the gradients of inputs and parameters by name."""
        by_name = self.by_name(arguments)
        if not self.grads:
            self.find_gradients(_copied(self.owner_of(by_name)), grad, by_name, options)
        owner = self.owner_of(by_name)
        for name, spot in self.grads.items():
            _clear(owner, spot, by_name[name])
        gradients = self.gradients(owner, grad, by_name, options)
        for name, spot in self.grads.items():
            gradient = spot.get(owner)
            if gradient is None:
                raise StructureError(f"leaves no gradient of {name} in {spot}")
            gradients[name] = np.array(gradient)
        return gradients

    def clearing(self) -> str | None:
        """Return the method that makes the object forget its gradients, where the object is there."""
        return None if self._own is None else self._clearing(self._own)

    def copy_of(self, by_name: Mapping[str, Any]) -> Any:
        """Return a copy of the object with the parameters that are among the arguments."""
        return _copied(self.owner_of(by_name))

    def owner_of(self, by_name: Mapping[str, Any]) -> Any:
        """Return the object with the parameters that are among the arguments."""
        if self.layer.takes_params:
            owner = self._made_of([by_name[name] for name in self.spots])
        else:
            owner = self._own
            for name, spots in self.spots.items():
                for spot in spots:
                    spot.put(owner, by_name[name])
        clearing = self._clearing(owner)
        if clearing is not None:  # to zeros of the shape of the parameters, perhaps
            enter(getattr(owner, clearing))
        return owner

    def value(self, owner: Any, by_name: Mapping[str, Any], options: Mapping[str, Any]) -> Any:
        """Return what the forward of an object returns or, if it returns nothing, keeps."""
        value = enter(getattr(owner, self.layer.methods[0]), *[by_name[n] for n in self.inputs], **options)
        if value is None:  # what returns nothing keeps it
            value = next((x for name in OUTPUTS if (x := getattr(owner, name, None)) is not None), None)
        return value

    def gradients(
        self, owner: Any, grad: Any, by_name: Mapping[str, Any], options: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return what the backward returns, by name; of one that returns nothing, what it keeps."""
        value = self.value(owner, by_name, options)
        backward = getattr(owner, self.layer.methods[1])
        accepted = {n: x for n, x in options.items() if n in inspect.signature(backward).parameters}
        result = call_backward(backward, self.roles, grad, {n: by_name[n] for n in self.inputs}, value, accepted)
        if result is None and len(self.inputs) == 1:
            result = next((x for name in OF_INPUT if (x := getattr(owner, name, None)) is not None), None)
        self._hand_back(owner, by_name)
        if isinstance(result, Mapping):
            return {input_of_key(str(key), self.names) or str(key): gradient for key, gradient in result.items()}
        results = list(result) if isinstance(result, (tuple, list)) else [result]
        real = tuple(n for n in self.inputs if getattr(by_name[n], "dtype", np.dtype(float)).kind == "f")
        possible = (self.names, self.inputs, real, self.inputs[:1])
        names = next((names for names in possible if len(names) == len(results)), None)
        if names is not None:
            return dict(zip(names, results, strict=True))
        if len(self.inputs) == 1:  # it holds several arrays
            return {self.inputs[0]: result}
        raise StructureError(f"returns {len(results)} gradients for the inputs {', '.join(self.inputs)}")

    def find_gradients(self, owner: Any, grad: Any, by_name: Mapping[str, Any], options: Mapping[str, Any]) -> None:
        """Find where an object has the gradients of its parameters, once its backward has run.

        Raises
        ------
        UsageError
            If it has one nowhere, or different ones in several places.
        """
        if self.layer.grads:
            self.grads = {name: spot_at(path) for name, path in zip(self.spots, self.layer.grads, strict=True)}
            return
        returned = self.gradients(owner, grad, by_name, options)
        self.grads = {name: self._gradient_spot(owner, name) for name in self.spots if name not in returned}

    def _gradient_spot(self, owner: Any, name: str) -> Spot:
        spots = gradient_spots(owner, self.spots[name])
        filled = [spot for spot in spots if spot.get(owner) is not None] or spots
        kind = type(owner).__name__
        if not filled:
            raise UsageError(
                f"Expected {kind} to keep the gradient of {name!r} in an attribute or a dict by a name such as d{name} "
                f"or grads[{name!r}]; found none after its backward. Write gradtwin.layer({kind.lower()}, "
                f"params=({str(self.spots[name][0])!r},), grads=('d{name}',)) with the places."
            )
        if any(not np.array_equal(spot.get(owner), filled[0].get(owner)) for spot in filled):
            raise UsageError(
                f"Expected {kind} to keep one gradient of {name!r}; got several: {', '.join(map(str, filled))}. Write "
                f"gradtwin.layer({kind.lower()}, params=(...), grads=({str(filled[0])!r},)) with the places."
            )
        return filled[0]

    def _parameters(self, example: Any, by_name: Mapping[str, Any], of_forward: Sequence[str]) -> dict[str, list[Spot]]:
        """Return where the object has each input that its forward does not take."""
        paths = self.layer.params
        if paths:
            names = paths if all(path in by_name for path in paths) else self.names[len(self.names) - len(paths) :]
            return {name: [spot_at(path)] for name, path in zip(names, paths, strict=True)}
        if self.layer.takes_params:
            return {name: [spot_at(name)] for name in needed(self.layer.make)}
        has_names = {*of_forward} <= {*self.names}
        rest = [n for n in self.names if n not in of_forward] if has_names else self.names[len(of_forward) :]
        try:
            return {name: parameter_spots(example, name, by_name[name]) for name in rest}
        except UsageError as error:
            # Some have no parameters before they have seen an input.
            forward = getattr(self._own, self.layer.methods[0])
            outcome = attempt("forward", forward, *[x for name, x in by_name.items() if name not in rest])
            if outcome.findings:
                raise error from None
            return {name: parameter_spots(self._own, name, by_name[name]) for name in rest}

    def _require_taken(self, of_forward: Sequence[str], forward: Code) -> None:
        most = float("inf") if takes_any_number(forward) else len(positional(forward))
        if not len(of_forward) <= len(self.inputs) <= most:
            raise UsageError(
                f"Expected inputs to be what forward of {self.layer.title} takes, {', '.join(of_forward)}, and its "
                f"parameters; got {', '.join(self.inputs) or 'nothing'} besides {', '.join(self.spots) or 'none'}."
            )

    def _roles(self, backward: Code, form_words: str | None) -> Roles:
        if form_words is not None:
            return roles_in_words(form_words, self.inputs)
        names = [name for name in needed(backward) if name not in self._options]
        if len(names) == 1:
            return Roles((GRAD,), {}, f"backward({names[0]})")
        return roles_of(backward, self.inputs, self._options)

    def _clearing(self, owner: Any) -> str | None:
        """Return the method of an object that clears its gradients and takes nothing."""
        methods = {name: getattr(owner, name, None) for name in CLEARING}
        return next((name for name, method in methods.items() if callable(method) and not needed(method)), None)

    def _made_of(self, params: Sequence[Any]) -> Any:
        """Return an object of these parameters: the same one each time, so that what it remembers is seen."""
        key = tuple(map(bits, params))
        if key not in self._objects:
            for old in list(self._objects)[: 1 - OBJECTS]:
                del self._objects[old]
            self._objects[key] = enter(self.layer.make, *params)
        return self._objects[key]

    def _hand_back(self, owner: Any, by_name: Mapping[str, Any]) -> None:
        """Write what an object has put in the place of a parameter into that, where it is seen as a change of it."""
        for name, spots in self.spots.items() if not self.layer.takes_params else ():
            passed, present = by_name[name], spots[0].get(owner)
            if present is not passed and isinstance(present, np.ndarray) and present.shape == passed.shape:
                passed[...] = present


def _clear(owner: Any, spot: Spot, parameter: Any) -> None:
    """Set a gradient that an object holds to zero, where it lies if it can be used there."""
    held = spot.get(owner)
    alike = isinstance(held, np.ndarray) and (held.shape, held.dtype) == (parameter.shape, parameter.dtype)
    if alike and type(held) is np.ndarray and held.flags.writeable:
        held.fill(0)
    elif isinstance(held, np.ndarray):
        spot.put(owner, np.zeros(parameter.shape, parameter.dtype))


def _copied(x: Any) -> Any:
    """Return a copy of an object, or itself where it cannot be copied."""
    try:
        return copy.deepcopy(x)
    except Exception:  # what it holds may refuse it in any way
        return x
