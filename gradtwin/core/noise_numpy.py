"""Shadow runs of NumPy code: an ndarray subclass whose every elementary result gets noise.

The suspect's own shadow never decides whether it is right. It only tells a wrong formula from a right one that is
computed in an unstable way.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["NumpyShadow", "ShadowArray", "plain"]

EXACT_UFUNCS = frozenset(
    """absolute ceil conjugate copysign fabs floor fmax fmin frexp heaviside ldexp maximum minimum modf negative
    nextafter positive rint sign signbit spacing trunc""".split()
)
# Array functions that move, select or compare; everything else that returns floats is given noise.
EXACT_FUNCTIONS = frozenset(
    """amax amin argmax argmin array_equal atleast_1d atleast_2d atleast_3d broadcast_arrays broadcast_to clip
    column_stack concatenate copy copyto count_nonzero diag diagonal dstack empty_like expand_dims fill_diagonal
    flatnonzero flip full_like hstack max min moveaxis nan_to_num ndim nonzero ones_like pad put_along_axis
    ravel repeat reshape roll rollaxis rot90 searchsorted shape size sort split squeeze stack swapaxes take
    take_along_axis tile transpose tril triu unique vstack where zeros_like""".split()
)

# Array functions that add up products with a factor of each argument: what they make of ones is the number of terms.
SUMS = frozenset("convolve correlate cumsum dot einsum inner kron nansum sum tensordot trace vdot".split())
# Array functions that are made of others, each with a noise of its own.
MADE_OF_OTHERS = frozenset("average mean std var".split())


class NumpyShadow:
    """One noisy run; `wrap` the inputs, run the code on them, `unwrap` what comes back.

    Parameters
    ----------
    amplitude : float
        Largest relative change of one result.
    eta : float
        Largest absolute change of a result that is not zero, for the subnormal edge of the precision under test.
    seed : int
        Seed of the noise.
    """

    def __init__(self, amplitude: float, eta: float, seed: int) -> None:
        self.amplitude = amplitude
        self.eta = eta
        self.rng = np.random.default_rng(seed)

    def perturb(self, x: Any, scale: Any = None) -> NDArray[np.float64]:
        """Return `x` with relative noise, and absolute noise of size `scale` if given; zeros and signs stay."""
        x = np.asarray(x, dtype=np.float64)
        r = self.rng.uniform(-1, 1, x.shape)
        with np.errstate(all="ignore"):
            noisy = x * (1.0 + self.amplitude * r) + self.eta * r * np.sign(x)
            if scale is not None:
                noisy = noisy + scale * self.rng.uniform(-1, 1, x.shape)
        # Noise of an infinite scale would make NaN of an infinity.
        return np.asarray(np.where(np.isfinite(x), noisy, x))

    def wrap(self, x: Any) -> Any:
        """Return a floating array as a noisy ShadowArray of float64, anything else as it is."""
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            return self.shadow(self.perturb(x))
        return x

    def shadow(self, values: Any) -> ShadowArray:
        """Return `values` as a ShadowArray that adds this run's noise to whatever is computed from it."""
        out = np.asarray(values).view(ShadowArray)
        out.run = self
        return out

    def noisy(self, out: Any, terms: tuple[Any, Any] | None = None) -> Any:
        """Return a result, or a tuple of results, with the noise of one operation; a sum of k terms gets more."""
        if isinstance(out, (tuple, list)):
            return type(out)(self.noisy(o) for o in out)
        if not isinstance(out, (np.ndarray, np.floating)) or np.asarray(out).dtype.kind != "f":
            return out
        scale = None
        if terms is not None:
            square, count = terms
            # As in `TorchShadow`: of k terms t, added one after the other, u sqrt(k-1) (|t|_2 + |sum t|) / 2.
            scale = (np.sqrt(square) + np.abs(out)) * (self.amplitude * np.sqrt(np.maximum(count - 1, 0)) / 2)
        return self.shadow(self.perturb(out, scale))


def plain(x: Any) -> Any:
    """Return `x` with every ShadowArray in it as a plain array."""
    if isinstance(x, ShadowArray):
        return x.view(np.ndarray)
    if isinstance(x, tuple) and hasattr(x, "_fields"):
        return type(x)(*map(plain, x))
    if isinstance(x, (tuple, list)):
        return type(x)(plain(v) for v in x)
    if isinstance(x, dict):
        return {k: plain(v) for k, v in x.items()}
    return x


class ShadowArray(np.ndarray[Any, np.dtype[Any]]):
    """An array that gives every result computed from it the noise of its `run`."""

    run: NumpyShadow | None = None

    def __array_finalize__(self, obj: Any) -> None:
        self.run = getattr(obj, "run", None)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        run = next(r for x in (*inputs, *kwargs.get("out", ())) if (r := getattr(x, "run", None)) is not None)
        targets = kwargs.pop("out", None)
        # Plain arrays from here on: on arrays of this type NumPy would come back here without end.
        args = plain(inputs)
        with np.errstate(all="ignore"):
            out = getattr(ufunc, method)(*args, **plain(kwargs))
        if ufunc.__name__ not in EXACT_UFUNCS and not _scales_exactly(ufunc, args):
            out = run.noisy(out, _terms(ufunc, method, args, kwargs, out))
        elif np.asarray(out).dtype.kind == "f":
            out = run.shadow(out)
        if targets is None:
            return out
        # Into the array that the caller has: after `h += x` it goes on with that one.
        np.copyto(plain(targets[0]), plain(out))
        return targets[0]

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        run, name = self.run, func.__name__
        if run is None:
            return func(*plain(args), **plain(kwargs))
        if name in MADE_OF_OTHERS:
            return super().__array_function__(func, types, args, kwargs)
        with np.errstate(all="ignore"):
            out = func(*plain(args), **plain(kwargs))
            if name in SUMS:
                square, count = (func(*_each(args, of), **plain(kwargs)) for of in (np.square, np.ones_like))
                return run.noisy(out, (square, count))
        if name not in EXACT_FUNCTIONS:
            return run.noisy(out)
        if isinstance(out, np.ndarray) and out.dtype.kind == "f":
            return run.shadow(out)
        return out


def _each(args: Any, change: Any) -> Any:
    """Return arguments with every floating array changed."""
    if isinstance(args, (tuple, list)):
        return type(args)(_each(x, change) for x in args)
    is_real = isinstance(args, np.ndarray) and args.dtype.kind == "f"
    return change(plain(args)) if is_real else args


def _scales_exactly(ufunc: np.ufunc, args: Any) -> bool:
    """Return whether this is a product with, or a quotient by, a power of two, which does not round."""
    # Of a quotient only the divisor counts: a power of two, divided by another number, rounds.
    factors = args if ufunc is np.multiply else args[1:] if ufunc is np.true_divide else ()
    return any(np.ndim(f) == 0 and 2 * abs(math.frexp(f)[0]) == 1 for f in factors)


def _terms(ufunc: np.ufunc, method: str, args: Any, kwargs: Any, out: Any) -> tuple[Any, int] | None:
    """Return the sum of squares and the number of the terms that a sum or a matrix product adds up."""
    if ufunc is np.add and method == "reduce":
        axes = {k: v for k, v in kwargs.items() if k in ("axis", "keepdims")}
        square = np.add.reduce(np.square(args[0]), **axes)
        return square, np.size(args[0]) // max(np.size(out), 1)
    if ufunc is np.matmul:
        return np.matmul(np.square(args[0]), np.square(args[1])), args[0].shape[-1]
    return None
