"""Backwards by hand in the signatures that people give them, as ``backward(grad, *inputs)``."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gradtwin.core.call import Code, StructureError, enter
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.results import mapped
from gradtwin.forms.form import Form
from gradtwin.forms.keywords import by_keyword
from gradtwin.forms.roles import CACHE, GRAD, OUTPUT, REST, Roles, roles_in_words, roles_of

__all__ = [
    "Derivative",
    "ValueAndGrad",
    "by_hand",
    "call_backward",
    "derivative",
    "output_and_cache",
    "value_and_grad",
]


@dataclass(frozen=True)
class Derivative:
    """A function that returns the slope of another one at every element, and takes no cotangent; see `derivative`."""

    function: Code


@dataclass(frozen=True)
class ValueAndGrad:
    """A function that returns a number and its gradient at once; see `value_and_grad`."""

    function: Code

    def value(self, /, *inputs: Any, **options: Any) -> Any:
        """Return the number."""
        return self._both(inputs, options)[0]

    def gradient(self, /, grad: Any, *inputs: Any, **options: Any) -> Any:
        """Return the gradient for a cotangent of the number."""
        return _scaled(self._both(inputs, options)[1], grad, "a function of value_and_grad to return a number")

    def _both(self, inputs: Sequence[Any], options: Mapping[str, Any]) -> tuple[Any, Any]:
        value = enter(self.function, *inputs, **options)
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise StructureError(f"returns {shown(value)} where a number and its gradient are due")
        return value[0], value[1]


def derivative(df: Code) -> Derivative:
    """Return a derivative as the backward of a function that treats its elements alike.

    ``gradtwin.check(f, derivative(df), twin=F, inputs=[x])`` judges ``grad * df(x)``.

    Parameters
    ----------
    df : callable
        ``df(*inputs, **options)`` returns the slope of every element, of the shape of the result; of several inputs a
        tuple with one for each.

    Returns
    -------
    Derivative
        The `backward` of `gradtwin.check`.

    Raises
    ------
    UsageError
        If `df` is not callable.

    Examples
    --------
    >>> import numpy as np, torch, gradtwin
    >>> x = np.linspace(-2, 2, 6)
    >>> gradtwin.check(np.sin, gradtwin.derivative(np.cos), twin=torch.sin, inputs=[x]).verdict
    'match'
    """
    if not callable(df):
        raise UsageError(f"Expected df to be callable; got {shown(df)}.")
    return Derivative(df)


def value_and_grad(f: Code) -> ValueAndGrad:
    """Return a function that returns a number and its gradient as what `gradtwin.check` judges.

    ``gradtwin.check(value_and_grad(loss), twin=F, inputs=[w, X, y], differentiable=("w",))`` judges both. It is what
    SciPy calls ``jac=True``.

    Parameters
    ----------
    f : callable
        ``f(*inputs, **options)`` returns the number and its gradient: an array for the one input with a gradient, a
        tuple in the order of the inputs, or a dict by their names.

    Returns
    -------
    ValueAndGrad
        The `forward` of `gradtwin.check`, without a `backward`.

    Raises
    ------
    UsageError
        If `f` is not callable.

    Examples
    --------
    >>> import numpy as np, torch, gradtwin
    >>> x = np.linspace(-2, 2, 6)
    >>> square = gradtwin.value_and_grad(lambda x: (x @ x, x))
    >>> report = gradtwin.check(square, twin=lambda x: torch.dot(x, x), inputs=[x])
    >>> report.findings[0].quantity
    'gradient of x'
    """
    if not callable(f):
        raise UsageError(f"Expected f to be callable; got {shown(f)}.")
    return ValueAndGrad(f)


def by_hand(
    form: Form, backward: Any, names: Sequence[str], options: Collection[str], form_words: str | None, *, by_name: bool
) -> Form:
    """Return a form with the backward that came with it, as ``backward(grad, *inputs)``.

    Parameters
    ----------
    form : Form
        How the forward was read.
    backward : callable
        The backward.
    names : sequence of str
        The names of the inputs.
    options : collection of str
        The names of the options that are passed to both.
    form_words : str, optional
        What the user says that the backward takes.
    by_name : bool
        Whether the inputs are passed by their names.
    """
    if isinstance(backward, Derivative):
        slopes = _Slopes(_passing(backward.function, names, by_name))
        return replace(form, backward=slopes, words=f"{form.words or 'f'} and df, its derivative at every element")
    roles = roles_of(backward, names, options) if form_words is None else roles_in_words(form_words, names)
    has_cache = CACHE in roles.all_roles
    words = f"forward -> (output, cache), {roles.words}" if has_cache else roles.words
    if words and not roles.takes_cotangent:
        words += " without a cotangent, the gradient of a number"
    words = ", ".join(part for part in (form.words, words) if part)
    function = _passing(backward, names, by_name and REST in roles.by_position)
    pull = _Backward(form.entry, function, roles, tuple(names))
    return replace(form, entry=_WithoutCache(form.entry) if has_cache else form.entry, backward=pull, words=words)


def _passing(function: Code, names: Sequence[str], by_name: bool) -> Code:
    return by_keyword(function, names) if by_name else function


@dataclass(frozen=True)
class _WithoutCache:
    """A forward that returns a cache after its outputs, as one that returns the outputs."""

    function: Code

    def __call__(self, /, *inputs: Any, **options: Any) -> Any:
        return output_and_cache(enter(self.function, *inputs, **options))[0]


@dataclass(frozen=True)
class _Backward:
    """A backward as one that takes the cotangents and then all inputs; what else it asks for, the forward makes."""

    forward: Code
    function: Code
    roles: Roles
    names: tuple[str, ...]

    def __call__(self, /, grad: Any, *inputs: Any, **options: Any) -> Any:
        by_name = dict(zip(self.names, inputs, strict=True))
        value = enter(self.forward, *inputs, **options) if {CACHE, OUTPUT} & set(self.roles.all_roles) else None
        return call_backward(self.function, self.roles, grad, by_name, value, options)


def call_backward(
    function: Code, roles: Roles, grad: Any, inputs: Mapping[str, Any], value: Any, options: Mapping[str, Any]
) -> Any:
    """Return what a backward answers.

    Parameters
    ----------
    function : callable
        The backward.
    roles : Roles
        What it takes.
    grad : array or tuple of arrays
        The cotangents.
    inputs : mapping
        The inputs by name.
    value : object
        What the forward returned on them.
    options : mapping
        The options.
    """
    output, cache = output_and_cache(value) if CACHE in roles.all_roles else (value, None)
    values = {**inputs, OUTPUT: output, CACHE: cache}
    cotangents = iter(_cotangents(grad, roles.all_roles.count(GRAD)))

    def of(role: str) -> Any:
        return next(cotangents) if role == GRAD else values[role]

    arguments: list[Any] = []
    for role in roles.by_position:
        arguments += inputs.values() if role == REST else [of(role)]
    by_name = {name: of(role) for name, role in roles.by_name.items()}
    gradients = enter(function, *arguments, **by_name, **options)
    if roles.takes_cotangent:
        return gradients
    return _scaled(gradients, grad, "backward to take a cotangent, such as grad, where forward returns no number")


def output_and_cache(value: Any) -> tuple[Any, Any]:
    """Return the output, or the tuple of outputs, of a forward, and the cache that it returns after that."""
    if not isinstance(value, (tuple, list)) or len(value) < 2:
        raise StructureError(f"returns {shown(value)} where an output and a cache are due")
    *outputs, cache = value
    return outputs[0] if len(outputs) == 1 else tuple(outputs), cache


def _cotangents(grad: Any, count: int) -> Sequence[Any]:
    """Return what the parameters for cotangents get: one all of them, several one each."""
    if count < 2:
        return (grad,)
    if not isinstance(grad, tuple) or len(grad) != count:
        got = len(grad) if isinstance(grad, tuple) else 1
        raise UsageError(f"Expected backward to take a cotangent for each output, {got}; it takes {count}.")
    return grad


def _scaled(gradients: Any, grad: Any, expected: str) -> Any:
    """Return the gradients of a number, times its cotangent."""
    if isinstance(grad, tuple) or math.prod(grad.shape) != 1:
        got = f"{len(grad)} results" if isinstance(grad, tuple) else f"a result of shape {tuple(grad.shape)}"
        raise UsageError(
            f"Expected {expected}; got {got}. For a function that treats its elements alike write "
            "gradtwin.derivative(df)."
        )
    factor = grad.reshape(())
    return mapped(lambda g: None if g is None else factor * g, gradients)


@dataclass(frozen=True)
class _Slopes:
    """The derivatives of a function of elements, as a backward."""

    function: Code

    def __call__(self, /, grad: Any, *inputs: Any, **options: Any) -> Any:
        slopes = enter(self.function, *inputs, **options)
        if not isinstance(slopes, (tuple, list)):
            return self._pulled(grad, slopes, inputs[0])
        return tuple(
            None if slope is None else self._pulled(grad, slope, x) for slope, x in zip(slopes, inputs, strict=False)
        )

    def _pulled(self, grad: Any, slope: Any, x: Any) -> Any:
        """Return the gradient by one input, added up where that was broadcast."""
        gradient = grad * slope
        shape, own = tuple(gradient.shape), tuple(getattr(x, "shape", gradient.shape))
        if shape == own or len(own) > len(shape):
            return gradient
        wide = (1,) * (len(shape) - len(own)) + own
        axes = tuple(i for i, (n, m) in enumerate(zip(shape, wide, strict=True)) if m == 1 and n != 1)
        summed = gradient.sum(axes, keepdims=True) if axes else gradient
        return summed.reshape(own)
