"""Complex numbers as pairs of real ones along a further last axis, real part first.

So the bound, the noise and the controls are those of real numbers. The gradient of a real function by such a pair is,
read as a complex number, the gradient as torch defines it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, enter
from gradtwin.core.results import mapped

__all__ = ["OfPairs", "as_complex", "as_pairs", "conjugated", "is_complex"]

Array = NDArray[Any]


def is_complex(x: Any) -> bool:
    """Return whether a value is an array of complex numbers."""
    return isinstance(x, np.ndarray) and x.dtype.kind == "c"


def as_pairs(x: Any) -> Any:
    """Return complex numbers as pairs, in tuples and lists too, and anything else as it is."""
    return mapped(_pair, x)


def _pair(x: Any) -> Any:
    whole = np.asarray(x) if isinstance(x, (complex, np.complexfloating)) else x
    return whole[..., np.newaxis].view(whole.real.dtype) if is_complex(whole) else x


def as_complex(x: Array) -> Array:
    """Return pairs as complex numbers, in the same memory where that holds a pair in one piece."""
    x = x if x.strides[-1] == x.itemsize else np.ascontiguousarray(x)
    return x.view(np.result_type(x.dtype, np.complex64))[..., 0]


def conjugated(x: Array) -> Array:
    """Return pairs with the sign of the imaginary part changed."""
    return np.asarray(x * np.array([1, -1], x.dtype))


@dataclass(frozen=True)
class OfPairs:
    """A function of arrays, some of them complex, as one of pairs.

    Parameters
    ----------
    function : callable
        Takes and returns arrays.
    inputs : sequence of bool
        Which inputs are complex.
    outputs : callable, optional
        Of a backward, returns which outputs of the forward are complex, and so which cotangents, its first argument.
    """

    function: Code
    inputs: Sequence[bool]
    outputs: Callable[[], Sequence[bool]] | None = None

    def __call__(self, /, *arguments: Any, **options: Any) -> Any:
        before = len(arguments) - len(self.inputs)
        inputs = [as_complex(x) if is_pair else x for x, is_pair in zip(arguments[before:], self.inputs, strict=True)]
        return as_pairs(enter(self.function, *map(self._cotangent, arguments[:before]), *inputs, **options))

    def _cotangent(self, grad: Any) -> Any:
        if self.outputs is None:
            return grad
        are_complex = self.outputs()
        if isinstance(grad, tuple):
            return tuple(as_complex(g) if is_pair else g for g, is_pair in zip(grad, are_complex, strict=True))
        return as_complex(grad) if are_complex[0] else grad
