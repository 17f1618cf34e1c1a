"""Shadow runs of JAX code: its jaxpr is run operation by operation, and every result gets noise.

The noise is that of `TorchShadow`, whose random numbers and amplitudes it is given. Nothing here imports JAX: what is
handed over has come from it. Without noise a jaxpr is best run by JAX itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils._python_dispatch import _disable_current_modes

from gradtwin.core.decompose import RANGE
from gradtwin.core.jax_operations import computed
from gradtwin.core.jaxprs import CALLS, bound, walked, with_constants
from gradtwin.core.noise_torch import FACTORED as OF_TORCH
from gradtwin.core.noise_torch import TorchShadow

__all__ = ["Interpreter"]

Array = NDArray[Any]
Values = Sequence[Any]

# Results of these are selected, counted, copied or compared, never rounded.
EXACT = frozenset(
    """abs and argmax argmin bitcast_convert_type broadcast broadcast_in_dim ceil clamp concatenate conj
    convert_element_type copy copy_p copysign cummax cummin device_put dynamic_slice dynamic_update_slice empty eq
    expand_dims floor full gather ge gt imag iota is_finite le lt max min ne neg nextafter not optimization_barrier or
    pad real reduce_and reduce_max reduce_min reduce_or reduce_precision reduce_window_max reduce_window_min rem
    reshape rev round scatter scatter_max scatter_min select_n shard_alike sharding_constraint sign slice sort split
    squeeze stop_gradient tile top_k transpose unstack xor zeros_like""".split()
)
# What adds up many terms. Each is linear in the numbers that it adds up, or in both factors of their products.
SUMS = frozenset(
    """conv_general_dilated cumsum dot_general reduce_sum reduce_window_sum scatter-add scatter_add
    select_and_scatter_add""".split()
)
FACTORED = {
    "cholesky": None,
    "eig": "_linalg_eigh",
    "eigh": "_linalg_eigh",
    "geqrf": "linalg_qr",
    "lu": "_linalg_solve_ex",
    "qr": "linalg_qr",
    "schur": "_linalg_eigh",
    "svd": "_linalg_svd",
    "triangular_solve": None,
}
"""What is exact for a matrix near the one that it was given, with the operation of torch that is off by as much; None
where every element is off by as much of itself."""
LIMITS = {**RANGE, "logistic": RANGE["sigmoid"]}


@dataclass(frozen=True)
class Interpreter:
    """Runs jaxprs with noise.

    Parameters
    ----------
    shadow : TorchShadow
        The noise.
    """

    shadow: TorchShadow

    def run(self, jaxpr: Any, values: Values) -> list[Array]:
        """Return what a closed jaxpr makes of these arrays of NumPy."""
        return walked(with_constants(jaxpr), values, self._step)

    def _step(self, equation: Any, values: Values) -> list[Array]:
        name, parameters, values = equation.primitive.name, equation.params, list(map(_array, values))
        if name in CALLS:
            return self.run(parameters[CALLS[name]], values)
        if name in LOOPS:
            return LOOPS[name](self.run, parameters, values)
        if name in EXACT:
            return _done(equation, values)
        with _disable_current_modes():  # ours is one of them, and would give the noise noise
            return self._noisy(equation, name, values)

    def _noisy(self, equation: Any, name: str, values: Values) -> list[Array]:
        """Return the results of an operation with the noise of one rounding each, or that of a sum."""
        if name in FACTORED:
            values = [self._perturbed(values[0], self._of_matrix(name, values[0])), *values[1:]]
        results = _done(equation, values)
        if name in ("mul", "div") and _scales_exactly(name, values):
            return results
        size = self._of_sum(equation, values, results[0]) if name in SUMS else None
        return [_limited(name, self._perturbed(x, size)) if _is_rounded(x) else x for x in results]

    def _perturbed(self, x: Array, size: Array | None = None) -> Array:
        t = torch.from_numpy(np.array(x))
        # Both parts of a complex number are rounded.
        parts = torch.view_as_real(t) if t.is_complex() else t
        noisy = self.shadow.perturb(parts, None if size is None else torch.from_numpy(size).to(t.dtype))
        return np.asarray((torch.view_as_complex(noisy) if t.is_complex() else noisy).numpy())

    def _of_matrix(self, name: str, x: Array) -> Array | None:
        """Return the size of the backward error of a factorization."""
        alike = FACTORED[name]
        if alike is None or x.dtype.kind != "f":
            return None
        matrix = torch.from_numpy(np.array(x))
        return np.asarray((OF_TORCH[alike](matrix) + matrix.abs()).mul_(self.shadow.amplitude).numpy())

    def _of_sum(self, equation: Any, values: Values, total: Array) -> Array | None:
        """Return the size of the noise of a sum, and of its last rounding.

        Of k terms t it is u sqrt(k-1) (|t|_2 + |sum t|) / 2, as in `TorchShadow`. The operation itself adds up the
        squares of the terms, and ones to count them.
        """
        if total.dtype.kind != "f":
            return None
        squares = _done(equation, [np.square(x) if _is_rounded(x) else x for x in values])[0]
        terms = _done(equation, [np.ones_like(x) if _is_rounded(x) else x for x in values])[0]
        share = self.shadow.in_sums * np.sqrt(np.maximum(terms - 1, 0)) / 2
        return np.asarray(share * np.sqrt(squares) + (share + self.shadow.amplitude) * np.abs(total))


def _done(equation: Any, values: Values) -> list[Array]:
    """Return the results of an operation in NumPy, where that has it, or else of JAX's own."""
    are_numbers = all(isinstance(x, np.ndarray) for x in values)
    result = computed(equation.primitive.name, equation.params, values) if are_numbers else None
    return list(map(_array, bound(equation, values))) if result is None else [result]


def _array(x: Any) -> Any:
    """Return an array of JAX as one of NumPy's, and one of random keys as it is."""
    return np.asarray(x) if isinstance(x.dtype, np.dtype) else x


Run = Callable[[Any, Values], list[Array]]


def _scan(run: Run, parameters: Any, values: Values) -> list[Array]:
    count, carried = parameters["num_consts"], parameters["num_carry"]
    constants, carry, series = values[:count], values[count : count + carried], values[count + carried :]
    results = [np.zeros((parameters["length"], *v.shape), v.dtype) for v in parameters["jaxpr"].out_avals[carried:]]
    steps = range(parameters["length"])
    for i in reversed(steps) if parameters["reverse"] else steps:
        outputs = run(parameters["jaxpr"], [*constants, *carry, *(np.asarray(x[i]) for x in series)])
        carry = outputs[:carried]
        for whole, part in zip(results, outputs[carried:], strict=True):
            whole[i] = part
    return [*carry, *results]


def _while(run: Run, parameters: Any, values: Values) -> list[Array]:
    first = parameters["cond_nconsts"]
    second = first + parameters["body_nconsts"]
    of_condition, of_body, carry = values[:first], values[first:second], list(values[second:])
    while np.any(run(parameters["cond_jaxpr"], [*of_condition, *carry])[0]):
        carry = run(parameters["body_jaxpr"], [*of_body, *carry])
    return carry


def _cond(run: Run, parameters: Any, values: Values) -> list[Array]:
    branches = parameters["branches"]
    return run(branches[min(max(int(values[0]), 0), len(branches) - 1)], values[1:])


def _linear_solve(run: Run, parameters: Any, values: Values) -> list[Array]:
    lengths = parameters["const_lengths"]
    start = lengths.matvec + lengths.vecmat
    constants, known = values[start : start + lengths.solve], values[sum(lengths) :]
    return run(parameters["jaxprs"].solve, [*constants, *known])


LOOPS: dict[str, Callable[[Run, Any, Values], list[Array]]] = {
    "cond": _cond,
    "custom_linear_solve": _linear_solve,
    "scan": _scan,
    "while": _while,
}
"""What runs jaxprs as often as the numbers say."""


def _scales_exactly(name: str, values: Values) -> bool:
    """Return whether a product or a quotient is one with a power of two, and does not round."""
    factors = values[1:] if name == "div" else values
    numbers = [float(x) for x in factors if x.ndim == 0 and x.dtype.kind == "f"]
    return any(x != 0 and 2 * abs(math.frexp(x)[0]) == 1 for x in numbers)


def _limited(name: str, x: Array) -> Array:
    return x if name not in LIMITS else np.clip(x, *LIMITS[name])


def _is_rounded(x: Array) -> bool:
    """Return whether there are numbers in an array that are rounded; complex ones are."""
    return isinstance(x, np.ndarray) and x.dtype.kind in "fc" and x.size > 0
