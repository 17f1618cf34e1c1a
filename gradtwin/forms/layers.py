"""Objects with ``forward`` and ``backward`` that keep their parameters, and the gradients of these, in themselves."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from gradtwin.core.call import Code
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.signatures import needed, without_first

__all__ = ["Layer", "LayerObject", "layer", "layer_of", "layer_of_methods"]

METHODS = (
    ("forward", "backward"),
    ("__call__", "backward"),
    ("forward_pass", "backward_pass"),
    ("fwd", "bwd"),
    ("forward", "backprop"),
)
"""The methods by which an object is known as a layer, the first pair that it has."""


class LayerObject(Protocol):
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

    @property
    def takes_params(self) -> bool:
        """Whether the object is made of its parameters, for each set of them anew."""
        return not self.is_made and bool(needed(self.make))

    def functions(self, example: Any) -> tuple[Code, Code]:
        """Return the forward and the backward of an object, or of its class, as functions that take no ``self``."""
        methods = [getattr(example, name) for name in self.methods]
        forward, backward = map(without_first, methods) if isinstance(example, type) else methods
        return forward, backward

    def input_names(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return names of inputs, the first of them as the forward calls them."""
        has_methods = all(hasattr(self.make, name) for name in self.methods)
        own = needed(self.functions(self.make)[0])[: len(names)] if has_methods else []
        return (*own, *names[len(own) :]) if not set(own) & set(names[len(own) :]) else tuple(names)

    @property
    def title(self) -> str:
        """How the report calls it."""
        owner = self.make if hasattr(self.make, "__name__") else type(self.make)
        return f"{owner.__module__}:{owner.__name__}"


def layer(make: Callable[..., Any] | LayerObject, params: Sequence[str] = (), grads: Sequence[str] = ()) -> Layer:
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
    ...         self.x = x
    ...         return self.factor * x
    ...     def backward(self, dout):
    ...         self.slope = (dout * self.x).sum()
    ...         return dout * self.factor
    >>> scale = gradtwin.layer(Scale, params=("factor",), grads=("slope",))
    >>> inputs = {"x": np.linspace(-2, 2, 6), "factor": np.float64(3)}
    >>> str(gradtwin.check(scale, twin=lambda x, factor: factor * x, inputs=inputs).coverage)
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


def layer_of_methods(forward: Any, backward: Any) -> tuple[Any, Any]:
    """Return a layer and no backward, where both are methods of one object; else both."""
    owner = getattr(forward, "__self__", None)
    is_object = inspect.ismethod(forward) and inspect.ismethod(backward) and not isinstance(owner, type)
    if not is_object or owner is not backward.__self__:
        return forward, backward
    return Layer(owner, methods=(forward.__name__, backward.__name__)), None
