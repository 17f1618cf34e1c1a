"""Code of JAX as functions of arrays: with a gradient by its author's rule (`jax.custom_vjp`), or by JAX's own.

Where arrays are of float64 it runs with 64-bit types enabled, as JAX has none otherwise.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradtwin.core.bound import LAST_DIGITS, Precision
from gradtwin.core.call import Code, StructureError, aside, enter
from gradtwin.core.captured import libraries_of
from gradtwin.core.jax_types import enabled_for
from gradtwin.core.narrow import in_own_type
from gradtwin.core.results import mapped
from gradtwin.forms.form import Form, Framework, Graph
from gradtwin.forms.jax_arrays import as_jax, as_numpy, has_jax, is_floating, is_jax_array, jax
from gradtwin.forms.jax_tensors import JaxTensors

__all__ = ["JAX", "JaxCode", "JaxPullback", "as_twin", "read"]

RULED = "a function of JAX with a gradient of its own ({}): forward as called, backward by its rule"
PLAIN = "a function of JAX: forward as called, backward by jax.vjp"
LOST = "has no gradient to return: its results are no floating numbers"


def read(suspect: Any, values: Sequence[Any] = ()) -> Form | None:
    """Return how code of JAX is read: known by its type, or by what it returns where it speaks of JAX; else None."""
    if not has_jax() or not (_is_transformed(suspect) or _returns_jax(suspect, values)):
        return None
    rule = _rule_of(suspect)
    words = PLAIN if rule is None else RULED.format(rule)
    own = JaxTensors(suspect, keeps_rules=False)
    return Form(words, suspect, suspect, JAX, promises=rule is not None, own_forward=own)


def as_twin(twin: Any) -> Any:
    """Return a twin that JAX has made of a function as a function of tensors, and any other as it is."""
    return JaxTensors(twin) if has_jax() and _is_transformed(twin) else twin


def _returns_jax(suspect: Any, values: Sequence[Any]) -> bool:
    if not callable(suspect) or not _speaks_jax(suspect):
        return False
    outcome = aside("forward", functools.partial(_returned, suspect), values, {}, ())
    return not outcome.findings and any(map(is_jax_array, jax().tree.leaves(outcome.value)))


def _adapted(function: Any, precision: Precision, device: str) -> JaxCode:
    """Return a function as one of NumPy's arrays; a backward that does not speak of JAX gets those."""
    return JaxCode(function, precision, hands_over_jax=_is_transformed(function) or _speaks_jax(function))


@dataclass(frozen=True)
class JaxCode:
    """A function of JAX's arrays as one of NumPy's.

    Parameters
    ----------
    function : callable
        Takes arrays of JAX, and returns them or those of NumPy.
    precision : Precision
        That of the arrays that carry it.
    hands_over_jax : bool
        Whether it gets arrays of JAX; those of NumPy, if not.
    """

    function: Code
    precision: Precision
    hands_over_jax: bool = True

    def __call__(self, /, *arrays: Any, **options: Any) -> Any:
        with enabled_for((*arrays, *options.values())):
            taken = [self.array(x) for x in arrays]
            return as_numpy(enter(self.function, *taken, **{name: self.array(x) for name, x in options.items()}))

    def array(self, x: Any) -> Any:
        """Return an array as it is handed over, in tuples too, and anything else as it is."""
        return mapped(self._array, x)

    def _array(self, x: Any) -> Any:
        if not isinstance(x, np.ndarray):
            return x
        if type(x) is not np.ndarray:
            raise TypeError(f"{type(x).__name__} cannot be handed to code of JAX")
        return as_jax(x, self.precision) if self.hands_over_jax else in_own_type(x, self.precision)


@dataclass(frozen=True)
class JaxPullback:
    """The gradients that JAX makes of a function, as a backward of arrays.

    Parameters
    ----------
    code : JaxCode
        The function.
    wanted : sequence of bool
        Which inputs get a gradient.
    output : int, optional
        Of no meaning: JAX has zeros for cotangents that do not come.
    """

    code: JaxCode
    wanted: Sequence[bool]
    output: int | None = None

    def __call__(self, /, grad: Any, *arrays: Any, **options: Any) -> Any:
        with enabled_for((*arrays, *options.values())):
            outputs, pull = self._forward(arrays, options)
            if not any(map(is_floating, outputs)):
                raise StructureError(LOST)
            _require_equal(outputs, jax().tree.leaves(self.code(*arrays, **options)))
            grads = [self.code.array(np.asarray(g)) for g in (grad if isinstance(grad, tuple) else (grad,))]
            gradients = iter(pull([_cotangent(o, g) for o, g in zip(outputs, grads, strict=True)]))
            return tuple(as_numpy(next(gradients)) if w else None for w in self.wanted)

    def graph(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> Graph:
        """Return whether a result on these inputs has a gradient: it is of floating numbers, and JAX has all rules."""
        with enabled_for((*arrays, *options.values())):
            outputs, pull = self._forward(arrays, options)
            if not any(map(is_floating, outputs)):
                return Graph(exists=False, by_hand=False)
            try:
                pull([_cotangent(o, jax().numpy.ones_like(o)) for o in outputs])
            except Exception:  # a loop of unknown length has no gradient; what is wrong in a rule of its own, is judged
                return Graph(exists=_rule_of(self.code.function) is not None, by_hand=False)
            return Graph(exists=True, by_hand=False)

    def _forward(self, arrays: Sequence[Any], options: Mapping[str, Any]) -> tuple[list[Any], Any]:
        """Return the results, and the function of their cotangents that returns the gradients of what is wanted."""
        leaves = [self.code.array(x) for x in arrays]
        chosen = {name: self.code.array(x) for name, x in options.items()}

        def outputs_of(*targets: Any) -> list[Any]:
            remaining = iter(targets)
            taken = [next(remaining) if w else x for x, w in zip(leaves, self.wanted, strict=True)]
            value = enter(self.code.function, *taken, **chosen)
            return [jax().numpy.asarray(x) for x in jax().tree.leaves(value)]

        outputs, pull = jax().vjp(outputs_of, *(x for x, w in zip(leaves, self.wanted, strict=True) if w))
        return outputs, pull


JAX = Framework(_adapted, JaxPullback)
"""Code of JAX's arrays, which JAX differentiates."""


def _require_equal(outputs: Sequence[Any], plain: Sequence[Any]) -> None:
    """Raise a StructureError where a function has other results when it is differentiated: its rule makes those."""
    for i, (ruled, array) in enumerate(zip(as_numpy(list(outputs)), plain, strict=True)):
        differs = (ruled != array) & ((ruled == ruled) | (array == array))
        if array.dtype.kind == "f":
            with np.errstate(invalid="ignore", over="ignore"):
                largest = np.max(np.abs(array), where=np.isfinite(array), initial=0)
                differs &= ~(np.abs(ruled - array) <= LAST_DIGITS * np.finfo(array.dtype).eps * largest)
        if np.any(differs):
            index = tuple(int(n) for n in np.argwhere(differs)[0])
            which = "" if len(plain) == 1 else f" of output {i}"
            raise StructureError(
                f"returns {array[index]} at {list(index)}{which} when it is called, and {ruled[index]} when it is "
                "differentiated, by the forward of its rule"
            )


def _cotangent(output: Any, grad: Any) -> Any:
    return grad.astype(output.dtype) if is_floating(output) else np.zeros(output.shape, jax().dtypes.float0)


def _returned(suspect: Any, *values: Any) -> Any:
    """Return what a suspect makes of the values in JAX."""
    return enter(suspect, *[jax().numpy.array(x) if isinstance(x, np.ndarray) else x for x in values])


def _is_transformed(x: Any) -> bool:
    """Return whether a value is one that JAX makes of a function: with a rule, or compiled."""
    compiled = type(jax().jit(lambda: None))
    return isinstance(x, (jax().custom_vjp, jax().custom_jvp, compiled))


def _rule_of(suspect: Any) -> str | None:
    """Return by which decorator a suspect has a gradient of its own, beneath what is compiled; None if it has none."""
    while suspect is not None:
        for kind in (jax().custom_vjp, jax().custom_jvp):
            if isinstance(suspect, kind):
                return f"jax.{kind.__name__}"
        suspect = getattr(suspect, "__wrapped__", None)
    return None


def _speaks_jax(x: Any) -> bool:
    """Return whether the code of a callable is JAX's, or names something of JAX."""
    return not libraries_of(x).isdisjoint(("jax", "jaxlib"))
