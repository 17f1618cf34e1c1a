"""Both sides of a problem as functions of arrays by position, and what they are called with."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradtwin.core.bound import Precision, array_precision, precision
from gradtwin.core.call import Code, input_names
from gradtwin.core.captured import modules_in
from gradtwin.core.carrier import is_carrying, is_tensor
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.pairs import as_pairs, is_complex
from gradtwin.core.signatures import Passed, require_takers
from gradtwin.forms.backwards import by_hand
from gradtwin.forms.foreign import ARRAYS
from gradtwin.forms.form import Form
from gradtwin.forms.gradient_names import NamedGradients
from gradtwin.forms.keywords import by_keyword
from gradtwin.forms.layer_forms import layer_form
from gradtwin.forms.layers import Layer, layer_of, layer_of_methods
from gradtwin.forms.modules import Pair, paired
from gradtwin.forms.nested import NestedInputs, leaves, nested_inputs
from gradtwin.forms.recognise import recognised
from gradtwin.forms.tensors import as_array
from gradtwin.forms.traced import TracedCode
from gradtwin.ops.inputs import Inputs, Provides, cast, cast_option, is_setting, with_gradient
from gradtwin.ops.suspect import twin_of

__all__ = ["Request", "Sides", "Takers", "sides_of"]

UNSEEN = "parameters {} of the twin are its own: where they are inputs of both sides, their gradients are judged too"


@dataclass(frozen=True)
class Takers:
    """Who is called with the inputs, by the user's word for it.

    Parameters
    ----------
    sides : mapping
        The functions.
    options : sequence of str
        The names of the options that they are called with.
    withheld : int
        How many of the last inputs they are not called with.
    """

    sides: Mapping[str, Code]
    options: Sequence[str]
    withheld: int = 0

    def require(self, count: int, names: Sequence[str] | None) -> None:
        """Raise a UsageError unless they take that many inputs, or the inputs of these names."""
        taken = max(count - self.withheld, 0)
        require_takers(self.sides, Passed(taken, None if names is None else names[:taken], self.options))


@dataclass(frozen=True)
class Request:
    """What the user handed over: the suspect, its twin, and what they are called with.

    Parameters
    ----------
    forward, backward, twin : callable
        As for `gradtwin.check`.
    inputs : sequence or mapping
        The inputs, drawn.
    options : mapping
        The options of both sides.
    form : str, optional
        What the backward is said to take.
    takers : sequence of Takers
        Who is called with the inputs, where these are others than `forward` and `twin`.
    may_run : bool
        Whether the suspect may be run here to see what it is.
    derives : bool
        Whether a derivative by hand is judged that is no backward.
    """

    forward: Any
    backward: Any
    twin: Code | None
    inputs: Provides
    options: Mapping[str, Any]
    form: str | None = None
    takers: Sequence[Takers] = ()
    may_run: bool = True
    derives: bool = False

    @property
    def by_name(self) -> tuple[str, ...]:
        """The names by which the inputs are passed; none where they are passed by position."""
        return tuple(self.inputs) if isinstance(self.inputs, Mapping) else ()

    @property
    def values(self) -> tuple[Any, ...]:
        """The inputs."""
        return tuple(self.inputs.values() if isinstance(self.inputs, Mapping) else self.inputs)

    def in_order_of(self, function: Code) -> Request:
        """Return the same with inputs by name in the order in which a function names them, as far as it does."""
        try:
            order = list(inspect.signature(function).parameters)
        except (TypeError, ValueError):
            return self
        if not self.by_name or not set(self.by_name) <= set(order):
            return self
        by_name = dict(zip(self.by_name, self.values, strict=True))
        return replace(self, inputs={n: by_name[n] for n in sorted(by_name, key=order.index)})


@dataclass(frozen=True)
class Sides:
    """Both sides of a problem, and what they are called with.

    Parameters
    ----------
    form : Form
        How the suspect was read.
    pair : Pair
        Both sides as functions of the arrays, and then of the parameters that they share.
    backward : callable, optional
        The backward by hand, as ``backward(grad, *arrays)``.
    nested : NestedInputs
        The inputs, and the arrays that they hold.
    options : mapping
        The options of both sides.
    """

    form: Form
    pair: Pair
    backward: Code | None
    nested: NestedInputs
    options: Mapping[str, Any]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the arrays, and of the parameters after them."""
        own = self.nested.arrays
        return (*own, *(n if n not in own else f"parameter {n}" for n in self.pair.parameters))

    def precision(self, dtype: str) -> Precision:
        """Return the precision of that name, which arrays must have if they carry no other and arrays are taken."""
        carries = any(map(is_carrying, self.nested.arrays.values()))
        return array_precision(dtype) if self.form.framework.takes_arrays and not carries else precision(dtype)

    def inputs(self, p: Precision, differentiable: Sequence[str] | None, *, needs_gradient: bool) -> Inputs:
        """Return what both sides are called with, at a precision."""
        names, options = self.names, dict(self.options)
        values: tuple[Any, ...] = (*self.nested.arrays.values(), *self.pair.parameters.values())
        beside_tensors = any(map(is_tensor, values)) and not self.form.framework.takes_arrays
        values = tuple(as_array(x, f"input {n!r}") for n, x in zip(names, values, strict=True))
        if not self.form.framework.takes_arrays:
            options = {n: as_array(x, f"option {n!r}") for n, x in options.items()}
        values = tuple(np.asarray(x) if isinstance(x, (complex, np.complexfloating)) else x for x in values)
        arrays = tuple(
            x if beside_tensors and is_setting(x) else cast(as_pairs(x), p, f"input {n!r}")
            for n, x in zip(names, values, strict=True)
        )
        within = None if differentiable is None else [n for d in differentiable for n in self.nested.within(d)]
        wanted = with_gradient(arrays, names, within, needed=needs_gradient)
        options = {n: cast_option(x, p, n) for n, x in options.items()}
        return Inputs(arrays, names, wanted, options, tuple(map(is_complex, values)), differentiable is not None)


def sides_of(request: Request) -> Sides:
    """Return both sides of what was handed over.

    Raises
    ------
    UsageError
        If the suspect is of no known form, or a side does not take the inputs.
    """
    suspect, backward = layer_of_methods(request.forward, request.backward)
    is_function = backward is not None and callable(suspect)
    own = None if request.takers or is_function else layer_of(suspect)
    request, form, twin = _of_functions(request, suspect) if own is None else _of_layer(request, own)
    # From the suspect as it came: what is put around it takes any number of arguments, without names.
    names = request.by_name or form.names or input_names(form.parameters_of, len(request.values))
    if backward is not None and form.backward is not None:
        raise UsageError(f"Expected no backward beside {form.words}; got {shown(backward)}.")
    nested, entry = nested_inputs(names, request.values), form.entry
    if request.by_name:
        twin = by_keyword(twin, names)
    if request.by_name and own is None:
        form = replace(form, entry=by_keyword(form.entry, names))
        form = form if form.backward is None else replace(form, backward=by_keyword(form.backward, names))
    if backward is not None:
        form = by_hand(form, backward, names, request.options, request.form, by_name=bool(request.by_name))
    elif request.form is not None and own is None:
        raise UsageError(
            f"Expected form beside a backward, of which it says what that takes; got {request.form!r} alone."
        )
    forward, twin = nested.of_arrays(form.entry), nested.of_arrays(twin)
    if form.backward is None:
        return Sides(form, paired(entry, forward, twin), None, nested, request.options)
    backward = NamedGradients(nested.of_arrays(form.backward, 1), nested)
    return Sides(form, Pair(forward, twin), backward, nested, request.options)


def _of_functions(request: Request, suspect: Any) -> tuple[Request, Form, Code]:
    """Return how a suspect that takes all inputs is read, with the inputs in its order, and the twin."""
    values = [x for value in request.values for x in leaves(value, "").values()]
    form = Form("", suspect, suspect, ARRAYS) if request.takers else recognised(suspect, values)
    is_by_hand = request.derives or request.backward is not None or form.backward is not None
    twin = twin_of(request.twin, form, has_backward=is_by_hand)
    sides = {"forward": form.parameters_of} | ({} if request.twin is None else {"twin": twin})
    for takers in request.takers or [Takers(sides, tuple(request.options))]:
        takers.require(len(request.values), request.by_name or None)
    return request if request.takers else request.in_order_of(form.parameters_of), form, twin


def _of_layer(request: Request, own: Layer) -> tuple[Request, Form, Code]:
    """Return how a layer is read, which keeps some inputs as its parameters, and its twin, which tells their order.

    Without a twin the first inputs are those that its forward takes, and others have the names of parameters.
    """
    twin = request.twin
    if twin is None:
        names = request.by_name or own.input_names([f"input {i}" for i in range(len(request.values))])
        form = layer_form(own, names, request.values, request.options, request.form, may_run=request.may_run)
        return request, form, TracedCode(form.entry)
    Takers({"twin": twin}, tuple(request.options)).require(len(request.values), request.by_name or None)
    request = request.in_order_of(twin)
    names = request.by_name or own.input_names(input_names(twin, len(request.values)))
    form = layer_form(own, names, request.values, request.options, request.form, may_run=request.may_run)
    unseen = [n for module in modules_in(twin) for n, _ in module.named_parameters()]
    remarks = (*form.remarks, *([UNSEEN.format(", ".join(unseen))] if unseen else []))
    return request, replace(form, remarks=remarks), twin
