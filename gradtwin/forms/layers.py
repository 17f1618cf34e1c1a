"""Objects with ``forward`` and ``backward`` that keep their parameters, and the gradients of these, in themselves.

A call of the forward, or of both one after the other, is one unit: the parameters are put where the object has them,
the gradients that it holds are set to zero, and what the object then computes and keeps is the answer.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from gradtwin.core.call import Code, StructureError, aside, attempt, enter
from gradtwin.core.contents import bits
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.results import mapped
from gradtwin.core.signatures import stand_in
from gradtwin.forms.backwards import meant, output_and_cache, pulled
from gradtwin.forms.foreign import ARRAYS
from gradtwin.forms.form import Form
from gradtwin.forms.nested import is_nested, leaves
from gradtwin.forms.roles import CACHE, GRAD, OUTPUTS, Taken, roles_of, roles_said
from gradtwin.forms.spots import Spot, gradient_spots, parameter_spots, spot_at, spots_in

__all__ = ["Layer", "Layered", "joined", "layer", "layer_form", "layer_of"]

METHODS = (
    ("forward", "backward"),
    ("__call__", "backward"),
    ("forward_pass", "backward_pass"),
    ("fwd", "bwd"),
    ("forward", "backprop"),
)
"""The methods by which an object is known as a layer, the first pair that it has."""
KEPT = 4
"""How many objects are kept that were made of parameters, each for its own."""
CLEARING = (
    *("zero_grad", "zero_grads", "zero_gradients", "clear_gradients", "clear_grads", "cleargrads"),
    *("flush_gradients", "reset_gradients", "reset_grads", "reset_grad"),
)
"""The methods by which objects forget their gradients, and what they have collected for them."""
OF_INPUT = ("dinputs", "dinput", "dx", "dX", "grad_input", "grad_inputs", "input_grad")
"""Where an object whose backward returns nothing keeps the gradient of its one input."""


class Layered(Protocol):
    """An object with a forward and a backward."""

    @property
    def forward(self) -> Code:
        """What computes the result."""

    @property
    def backward(self) -> Code:
        """What computes the gradients."""


@dataclass(frozen=True)
class Layer:
    """An object with a forward and a backward, or what makes it; see `layer`.

    Parameters
    ----------
    make : object
        The object, or what makes it, of its parameters or of nothing.
    params, grads : tuple of str
        Where the object has its parameters, and their gradients; looked for where none are named.
    methods : tuple of str
        The names of the forward and of the backward.
    """

    make: Any
    params: tuple[str, ...] = ()
    grads: tuple[str, ...] = ()
    methods: tuple[str, str] = METHODS[0]

    @property
    def is_made(self) -> bool:
        """Whether the object is there, and need not be made."""
        return not isinstance(self.make, type) and all(callable(getattr(self.make, m, None)) for m in self.methods)

    def named(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return names of inputs, the first of them as the forward calls them."""
        own = _needed(getattr(self.make, self.methods[0], None), bound=self.is_made)[: len(names)]
        return (*own, *names[len(own) :]) if not set(own) & set(names[len(own) :]) else tuple(names)

    @property
    def title(self) -> str:
        """How the report calls it."""
        owner = self.make if hasattr(self.make, "__name__") else type(self.make)
        return f"{owner.__module__}:{owner.__name__}"


def layer(make: Callable[..., Any] | Layered, params: Sequence[str] = (), grads: Sequence[str] = ()) -> Layer:
    """Return an object with ``forward`` and ``backward`` as what `gradtwin.check` judges, told where its numbers are.

    ``gradtwin.check(layer(Norm, params=("gamma",), grads=("dgamma",)), twin=F, inputs={"x": x, "gamma": g})``.

    Parameters
    ----------
    make : callable or object
        What makes the object, of its parameters in the order of `params` or of nothing; or the object itself.
    params : sequence of str
        Where the object has its parameters: ``W``, ``params['W']``, ``weight.data``. They are the inputs of these names
        or, where inputs have others, the last inputs.
    grads : sequence of str
        Where it has the gradients of these after its backward.

    Returns
    -------
    Layer
        The `forward` of `gradtwin.check`, without a `backward`.

    Raises
    ------
    UsageError
        If `make` is neither, or `params` and `grads` are not of one length.

    Examples
    --------
    >>> import numpy as np, torch, gradtwin
    >>> class Scale:
    ...     def __init__(self, factor):
    ...         self.factor = factor
    ...     def forward(self, x):
    ...         self.seen = x
    ...         return self.factor * x
    ...     def backward(self, dout):
    ...         self.slope = (dout * self.seen).sum()
    ...         return dout * self.factor
    >>> told = gradtwin.layer(Scale, params=("factor",), grads=("slope",))
    >>> inputs = {"x": np.linspace(-2, 2, 6), "factor": np.float64(3)}
    >>> str(gradtwin.check(told, twin=lambda x, factor: factor * x, inputs=inputs).coverage)
    'values and gradients of x, factor'
    """
    if not callable(make) and layer_of(make) is None:
        raise UsageError(f"Expected make to be callable, or an object with forward and backward; got {shown(make)}.")
    for argument, names in (("params", params), ("grads", grads)):
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise UsageError(f"Expected {argument} to be a sequence of names; got {shown(names)}.")
    if grads and len(grads) != len(params):
        raise UsageError(f"Expected grads to name one gradient for each of params {tuple(params)}; got {tuple(grads)}.")
    known = layer_of(make)
    return Layer(make, tuple(params), tuple(grads), METHODS[0] if known is None else known.methods)


def layer_of(x: Any) -> Layer | None:
    """Return a layer, an object that is one or a class of such objects, as a layer; None of anything else."""
    import torch

    if isinstance(x, Layer):
        return x
    kinds = (torch.nn.Module, torch.autograd.Function)
    if isinstance(x, kinds) or (isinstance(x, type) and issubclass(x, kinds)) or inspect.ismodule(x):
        return None
    # Of a class, calling makes an object; and what is called, as a function of JAX, may have an fwd and a bwd too.
    if isinstance(x, type):
        known = [pair for pair in METHODS if "__call__" not in pair]
    else:
        known = [pair for pair in METHODS if pair == METHODS[0] or callable(x) == ("__call__" in pair)]
    methods = next((pair for pair in known if all(callable(getattr(x, method, None)) for method in pair)), None)
    return None if methods is None else Layer(x, methods=methods)


def joined(forward: Any, backward: Any) -> tuple[Any, Any]:
    """Return a layer and no backward, where both are methods of one object; else both."""
    owner = getattr(forward, "__self__", None)
    is_object = inspect.ismethod(forward) and inspect.ismethod(backward) and not isinstance(owner, type)
    if not is_object or owner is not backward.__self__:
        return forward, backward
    return Layer(owner, methods=(forward.__name__, backward.__name__)), None


def layer_form(
    own: Layer,
    names: Sequence[str],
    values: Sequence[Any],
    options: Mapping[str, Any],
    said: str | None,
    *,
    may_run: bool,
) -> Form:
    """Return how a layer with these inputs is read.

    Parameters
    ----------
    own : Layer
        The layer.
    names, values : sequences
        The names of all inputs, and the inputs.
    options : mapping
        The options.
    said : str, optional
        What the user says that its backward takes.
    may_run : bool
        Whether it may be run here, to see where it keeps its gradients.

    Raises
    ------
    UsageError
        If it does not take the inputs, or has no place for one of them.
    """
    unit = _Unit(own, tuple(names), tuple(values), options, said)
    words, remarks = unit.described(values, may_run=may_run)
    return Form(words, unit.forward, own.make, ARRAYS, backward=unit.backward, remarks=remarks, names=unit.given)


class _Unit:
    """A layer as two functions of its inputs and parameters."""

    def __init__(
        self, own: Layer, names: tuple[str, ...], values: tuple[Any, ...], options: Mapping[str, Any], said: str | None
    ) -> None:
        self.layer, self.given, self.options = own, names, options
        self._of_params = not own.is_made and bool(_needed(own.make))
        example = own.make if own.is_made else None if self._of_params else enter(own.make)
        self._own = example if example is None else _copied(example)
        self._made: dict[Any, Any] = {}
        methods = own.make if example is None else example
        forward, backward = (getattr(methods, method, None) for method in own.methods)
        taken = [p for p in _needed(forward, bound=example is not None) if p not in options]
        kept = [n for n in names if n not in taken] if set(taken) <= set(names) else names[len(taken) :]
        self._nested = {n for n, x in zip(names, values, strict=True) if n in kept and is_nested(x)}
        self.names, values = tuple(self._by_name(values)), tuple(self._by_name(values).values())
        self.spots = self._parameters(example, values, taken)
        self.inputs = tuple(n for n in self.names if n not in self.spots)
        self._require_taken(taken, forward, bound=example is not None)
        self.taken = self._taken(backward, said, bound=example is not None)
        self.grads: dict[str, Spot] = {}

    def _by_name(self, arguments: Sequence[Any]) -> dict[str, Any]:
        """Return the arguments by name, those one by one that hold several parameters."""
        named: dict[str, Any] = {}
        for name, x in zip(self.given, arguments, strict=True):
            named |= leaves(x, name) if name in self._nested else {name: x}
        return named

    def forward(self, /, *arguments: Any, **options: Any) -> Any:
        """Return what the object computes of the inputs, with the parameters."""
        arguments = tuple(self._by_name(arguments).values())
        value = self._unit(self._holding(arguments), arguments, options)
        return output_and_cache(value)[0] if CACHE in self.taken.all_roles else value

    def backward(self, /, grad: Any, *arguments: Any, **options: Any) -> Any:
        """Return the gradients of inputs and parameters by name."""
        arguments = tuple(self._by_name(arguments).values())
        if not self.grads:
            self.grads = self._found(_copied(self._holding(arguments)), grad, arguments, options)
        owner = self._holding(arguments)
        for name, spot in self.grads.items():
            _clear(owner, spot, arguments[self.names.index(name)])
        by_name = self._gradients(owner, grad, arguments, options)
        for name, spot in self.grads.items():
            gradient = spot.get(owner)
            if gradient is None:
                raise StructureError(f"leaves no gradient of {name} in {spot}")
            by_name[name] = np.array(gradient)
        return by_name

    def _parameters(self, example: Any, values: Sequence[Any], taken: Sequence[str]) -> dict[str, list[Spot]]:
        """Return where the object has each input that its forward does not take."""
        told = self.layer.params
        if told:
            named = all(name in self.names for name in told)
            names = told if named else self.names[len(self.names) - len(told) :]
            return {name: [spot_at(path)] for name, path in zip(names, told, strict=True)}
        if self._of_params:
            needed = _needed(self.layer.make)
            missing = [name for name in needed if name not in self.names]
            if missing:
                raise UsageError(
                    f"Expected inputs to have what {self.layer.title} is made of, {', '.join(needed)}; got no "
                    f"{', '.join(missing)}. Hand over an object that is made, or write gradtwin.layer(make)."
                )
            return {name: [spot_at(name)] for name in needed}
        count = len(taken)
        rest = [n for n in self.names if n not in taken] if set(taken) <= set(self.names) else self.names[count:]
        by_name = dict(zip(self.names, values, strict=True))
        try:
            return {name: parameter_spots(example, name, by_name[name]) for name in rest}
        except UsageError as error:
            # Some have no parameters before they have seen an input.
            outcome = attempt(
                "forward", self._computed, self._own, [by_name[n] for n in self.names if n not in rest], {}
            )
            if outcome.findings:
                raise error from None
            return {name: parameter_spots(self._own, name, by_name[name]) for name in rest}

    def _require_taken(self, taken: Sequence[str], forward: Any, *, bound: bool) -> None:
        most = _most(forward, bound=bound)
        if not len(taken) <= len(self.inputs) <= most:
            raise UsageError(
                f"Expected inputs to be what forward of {self.layer.title} takes, {', '.join(taken)}, and its "
                f"parameters; got {', '.join(self.inputs) or 'nothing'} besides {', '.join(self.spots) or 'none'}."
            )

    def _taken(self, backward: Any, said: str | None, *, bound: bool) -> Taken:
        if said is not None:
            return roles_said(said, self.inputs)
        function = backward if bound else _without_self(backward)
        needed = [p for p in _needed(function) if p not in self.options]
        return (
            Taken((GRAD,), {}, f"backward({needed[0]})")
            if len(needed) == 1
            else roles_of(function, self.inputs, self.options)
        )

    def _holding(self, arguments: Sequence[Any]) -> Any:
        """Return the object with the parameters that are among the arguments."""
        by_name = dict(zip(self.names, arguments, strict=True))
        owner = self._made_of([by_name[name] for name in self.spots]) if self._of_params else self._own
        for name, spots in self.spots.items() if not self._of_params else ():
            for spot in spots:
                spot.put(owner, by_name[name])
        for clear in self._clearing(owner)[:1]:  # to zeros of the shape of the parameters, perhaps
            enter(getattr(owner, clear))
        return owner

    def _clearing(self, owner: Any) -> list[str]:
        """Return the methods of an object that clear its gradients and take nothing."""
        methods = {name: getattr(owner, name, None) for name in CLEARING}
        return [name for name, method in methods.items() if callable(method) and not _needed(method)]

    def _made_of(self, params: Sequence[Any]) -> Any:
        """Return an object of these parameters: the same one each time, so that what it remembers is seen."""
        key = tuple(map(bits, params))
        if key not in self._made:
            for old in list(self._made)[: 1 - KEPT]:
                del self._made[old]
            self._made[key] = enter(self.layer.make, *params)
        return self._made[key]

    def _unit(self, owner: Any, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:
        by_name = dict(zip(self.names, arguments, strict=True))
        return self._computed(owner, [by_name[n] for n in self.inputs], options)

    def _computed(self, owner: Any, inputs: Sequence[Any], options: Mapping[str, Any]) -> Any:
        """Return what the forward of an object returns or, if it returns nothing, keeps."""
        value = enter(getattr(owner, self.layer.methods[0]), *inputs, **options)
        if value is None:  # what returns nothing keeps it
            value = next((x for name in OUTPUTS if (x := getattr(owner, name, None)) is not None), None)
        return value

    def _gradients(self, owner: Any, grad: Any, arguments: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the backward returns, by name; of one that returns nothing, what it keeps."""
        value = self._unit(owner, arguments, options)
        by_name = {n: x for n, x in zip(self.names, arguments, strict=True) if n in self.inputs}
        backward = getattr(owner, self.layer.methods[1])
        accepted = {n: x for n, x in options.items() if n in inspect.signature(backward).parameters}
        result = pulled(backward, self.taken, grad, by_name, value, accepted)
        if result is None and len(self.inputs) == 1:
            result = next((x for name in OF_INPUT if (x := getattr(owner, name, None)) is not None), None)
        self._hand_back(owner, arguments)
        if isinstance(result, Mapping):
            return {meant(str(key), self.names) or str(key): gradient for key, gradient in result.items()}
        results = list(result) if isinstance(result, (tuple, list)) else [result]
        possible = (self.names, self.inputs, self._with_gradient(arguments), self.inputs[:1])
        names = next((names for names in possible if len(names) == len(results)), None)
        if names is not None:
            return dict(zip(names, results, strict=True))
        if len(self.inputs) == 1:  # it holds several arrays
            return {self.inputs[0]: result}
        raise StructureError(f"returns {len(results)} gradients for the inputs {', '.join(self.inputs)}")

    def _hand_back(self, owner: Any, arguments: Sequence[Any]) -> None:
        """Write what an object has put in the place of a parameter into that, where it is seen as a change of it."""
        for name, spots in self.spots.items() if not self._of_params else ():
            passed, held = arguments[self.names.index(name)], spots[0].get(owner)
            if held is not passed and isinstance(held, np.ndarray) and held.shape == passed.shape:
                passed[...] = held

    def _with_gradient(self, arguments: Sequence[Any]) -> tuple[str, ...]:
        by_name = dict(zip(self.names, arguments, strict=True))
        return tuple(n for n in self.inputs if getattr(by_name[n], "dtype", np.dtype(float)).kind == "f")

    def _found(self, owner: Any, grad: Any, arguments: Sequence[Any], options: Mapping[str, Any]) -> dict[str, Spot]:
        """Return where an object has the gradients of its parameters, once its backward has run."""
        if self.layer.grads:
            return {name: spot_at(path) for name, path in zip(self.spots, self.layer.grads, strict=True)}
        returned = self._gradients(owner, grad, arguments, options)
        return {name: self._spot_of(owner, name) for name in self.spots if name not in returned}

    def _spot_of(self, owner: Any, name: str) -> Spot:
        spots = gradient_spots(owner, self.spots[name])
        held = [spot for spot in spots if spot.get(owner) is not None] or spots
        kind = type(owner).__name__
        if not held:
            raise UsageError(
                f"Expected {kind} to keep the gradient of {name!r} in an attribute or a dict by a name such as d{name} "
                f"or grads[{name!r}]; found none after its backward. Write gradtwin.layer({kind.lower()}, "
                f"params=({str(self.spots[name][0])!r},), grads=('d{name}',)) with the places."
            )
        if any(not np.array_equal(spot.get(owner), held[0].get(owner)) for spot in held):
            raise UsageError(
                f"Expected {kind} to keep one gradient of {name!r}; got several: {', '.join(map(str, held))}. Write "
                f"gradtwin.layer({kind.lower()}, params=(...), grads=({str(held[0])!r},)) with the places."
            )
        return held[0]

    def described(self, values: Sequence[Any], *, may_run: bool) -> tuple[str, tuple[str, ...]]:
        """Return how it is read, with what one unit on these inputs tells, and what is worth a remark."""
        forward, backward = self.layer.methods
        own, taken = self.layer.title.rpartition(":")[2], self.taken.words.removeprefix("backward")
        words = f"an object of {own}: {forward}({', '.join(self.inputs)}), {backward}{taken or '(grad)'}"
        clearing = [] if self._own is None else self._clearing(self._own)
        words += f", after {clearing[0]}()" if clearing else ""
        if not may_run:
            return words, ()
        outcome = aside("forward", self._probe, [list(self._by_name(values).values()), self.options], {}, ())
        if outcome.findings:
            return words, ()
        found, remarks = outcome.value
        if found:
            words += ", gradients " + ", ".join(f"of {name} in {spot}" for name, spot in found.items())
        return words, remarks

    def _probe(self, values: Sequence[Any], options: Mapping[str, Any]) -> tuple[dict[str, Spot], tuple[str, ...]]:
        """Return where the gradients are, and what the object does that is no fault, after two runs of a copy."""
        owner = _copied(self._holding(values))
        before = [spot for spot, x in spots_in(owner) if isinstance(x, np.ndarray)]
        grad = mapped(np.ones_like, self._unit(owner, values, options))
        found = self.grads = self._found(owner, grad, values, options)
        once = {name: np.array(spot.get(owner)) for name, spot in found.items()}
        self._gradients(owner, grad, values, options)
        adding = [n for n, x in once.items() if np.any(x) and np.array_equal(found[n].get(owner), x + x)]
        own = {spot for spots in self.spots.values() for spot in spots}
        unseen = [spot for spot in before if spot not in own and self._has_gradient(owner, spot)]
        remarks = []
        if adding:
            remarks.append(f"gradients of {', '.join(adding)} add up until they are set to zero, as torch's do")
        if unseen:
            remarks.append(f"gradients of {', '.join(map(str, unseen))} are not judged: they are no inputs")
        return found, tuple(remarks)

    def _has_gradient(self, owner: Any, spot: Spot) -> bool:
        taken = set(self.grads.values())
        return any(s not in taken and isinstance(s.get(owner), np.ndarray) for s in gradient_spots(owner, [spot]))


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


def _needed(function: Any, *, bound: bool = True) -> list[str]:
    """Return the names of the parameters that a function cannot do without."""
    return [p.name for p in _positional(function, bound=bound) if p.default is p.empty]


def _most(function: Any, *, bound: bool) -> float:
    """Return how many arguments a function takes at most."""
    kinds = [p.kind for p in inspect.signature(function).parameters.values()]
    return float("inf") if inspect.Parameter.VAR_POSITIONAL in kinds else len(_positional(function, bound=bound))


def _positional(function: Any, *, bound: bool) -> list[inspect.Parameter]:
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []
    leading = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p for p in parameters if p.kind in leading][0 if bound else 1 :]


def _without_self(function: Code) -> Code:
    """Return a stand-in for a method of a class that is not made yet."""
    signature = inspect.signature(function)
    return stand_in(signature.replace(parameters=list(signature.parameters.values())[1:]))
