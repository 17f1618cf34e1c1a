"""Operations of JAX in NumPy: to compile each of a function's for each of its shapes takes longer than all the rest.

An operation stands here only where it is the same in NumPy; any other is done by JAX.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["computed"]

Array = NDArray[Any]
Operation = Callable[..., Any]


def computed(name: str, parameters: Any, values: Sequence[Any]) -> Array | None:
    """Return the result of an operation on arrays; None where NumPy has none that is the same."""
    is_same = SAME.get(name)
    with np.errstate(all="ignore"):
        if is_same is not None and all(x.dtype.kind in "fb" for x in values):
            return np.asarray(is_same(*values))
        if name in WITH_PARAMETERS:
            answer = WITH_PARAMETERS[name](parameters, *values)
            return None if answer is None else np.asarray(answer)
    return None


SAME: dict[str, Operation] = {
    "abs": np.abs,
    "acos": np.arccos,
    "add": np.add,
    "add_any": np.add,
    "and": np.bitwise_and,
    "asin": np.arcsin,
    "atan": np.arctan,
    "atan2": np.arctan2,
    "ceil": np.ceil,
    "cos": np.cos,
    "cosh": np.cosh,
    "div": np.divide,
    "eq": np.equal,
    "erf": special.erf,
    "erfc": special.erfc,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "floor": np.floor,
    "ge": np.greater_equal,
    "gt": np.greater,
    "is_finite": np.isfinite,
    "le": np.less_equal,
    "log": np.log,
    "log1p": np.log1p,
    "logistic": special.expit,
    "lt": np.less,
    "max": np.maximum,
    "min": np.minimum,
    "mul": np.multiply,
    "ne": np.not_equal,
    "neg": np.negative,
    "not": np.logical_not,
    "or": np.bitwise_or,
    "pow": np.power,
    "rsqrt": lambda x: 1 / np.sqrt(x),
    "sign": np.sign,
    "sin": np.sin,
    "sinh": np.sinh,
    "sqrt": np.sqrt,
    "square": np.square,
    "sub": np.subtract,
    "tan": np.tan,
    "tanh": np.tanh,
}
"""Operations on floating numbers and truth values that have no parameters, or none that matter."""


def _broadcast(parameters: Any, x: Array, *sizes: Array) -> Array | None:
    if sizes:  # one whose shape is computed
        return None
    shape, places = parameters["shape"], parameters["broadcast_dimensions"]
    spread = [1] * len(shape)
    for size, place in zip(x.shape, places, strict=True):
        spread[place] = size
    return np.broadcast_to(x.reshape(spread), shape)


def _converted(parameters: Any, x: Array) -> Array | None:
    # Beyond the limits of whole numbers each has its own answer.
    dtype = np.dtype(parameters["new_dtype"])
    return x.astype(dtype) if dtype.kind == "f" and x.dtype.kind in "fiub" else None


def _dot(parameters: Any, a: Array, b: Array) -> Array | None:
    (contracted, batch), is_plain = parameters["dimension_numbers"], a.dtype == b.dtype == np.float64
    if any(batch) or not is_plain:
        return None
    return np.tensordot(a, b, (list(contracted[0]), list(contracted[1])))


def _power(parameters: Any, x: Array) -> Array | None:
    return x ** parameters["y"] if x.dtype.kind == "f" else None


def _reduced(reduce: Operation) -> Operation:
    def reduced(parameters: Any, x: Array) -> Array | None:
        return reduce(x, axis=tuple(parameters["axes"])) if x.size and x.dtype.kind == "f" else None

    return reduced


def _reshaped(parameters: Any, x: Array, *sizes: Array) -> Array | None:
    return None if sizes or parameters["dimensions"] is not None else x.reshape(parameters["new_sizes"])


def _selected(parameters: Any, which: Array, *cases: Array) -> Array | None:
    return np.where(which, cases[1], cases[0]) if which.dtype == bool and len(cases) == 2 else None


def _sliced(parameters: Any, x: Array) -> Array:
    starts, ends = parameters["start_indices"], parameters["limit_indices"]
    steps = parameters["strides"] or (1,) * x.ndim
    return x[tuple(map(slice, starts, ends, steps))]


WITH_PARAMETERS: dict[str, Operation] = {
    "broadcast_in_dim": _broadcast,
    "concatenate": lambda parameters, *parts: np.concatenate(parts, axis=parameters["dimension"]),
    "convert_element_type": _converted,
    "copy": lambda parameters, x: x,
    "copy_p": lambda parameters, x: x,
    "dot_general": _dot,
    "expand_dims": lambda parameters, x: np.expand_dims(x, tuple(parameters["dimensions"])),
    "integer_pow": _power,
    "reduce_max": _reduced(np.max),
    "reduce_min": _reduced(np.min),
    "reduce_sum": _reduced(np.sum),
    "reshape": _reshaped,
    "rev": lambda parameters, x: np.flip(x, tuple(parameters["dimensions"])),
    "select_n": _selected,
    "slice": _sliced,
    "squeeze": lambda parameters, x: np.squeeze(x, tuple(parameters["dimensions"])),
    "stop_gradient": lambda parameters, x: x,
    "transpose": lambda parameters, x: np.transpose(x, parameters["permutation"]),
}
