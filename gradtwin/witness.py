"""The certified third witness: unmodified NumPy code run on balls of arbitrary precision (python-flint's `arb`).

The derivative comes back from a central difference of the forward with a step so small (2^-200 of the input) that
what it leaves out is far below float64, while the ball's radius is a proven bound on everything that was rounded on
the way. It needs neither autograd nor a second implementation. The two one-sided differences have to agree, or there
is a kink; so has a difference along a step that float64 can see, or some of the code has turned balls into floats.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.errors import ExtraMissingError

__all__ = ["certified_gradient"]

PRECISION_BITS = 1000
STEP_BITS = 200
COARSE_STEP_BITS = 20
AGREEMENT_BITS = 30
"""A step that float64 can see must give the same derivative to this many bits, else some of the code left the balls."""
Array = NDArray[Any]


class BallArray(np.ndarray[Any, np.dtype[Any]]):
    """An object array of balls on which NumPy's and SciPy's elementary functions work."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if "out" in kwargs:
            kwargs["out"] = tuple(np.asarray(o) for o in kwargs["out"])
        inputs = tuple(np.asarray(x) if isinstance(x, np.ndarray) else x for x in inputs)
        scalar = SCALAR.get(ufunc.__name__)
        if scalar is not None and method == "__call__":
            balls = [np.vectorize(_ball, otypes=[object])(x) for x in inputs]
            out = np.frompyfunc(scalar, len(balls), 1)(*balls)
        else:
            out = getattr(ufunc, method)(*inputs, **kwargs)
        return np.asarray(out).view(BallArray) if np.asarray(out).dtype == object else out


def _ball(x: Any) -> Any:
    from flint import arb

    return x if isinstance(x, arb) else arb(float(x))


# What NumPy would ask of each object under another name, and SciPy's functions, which refuse objects.
SCALAR: dict[str, Callable[..., Any]] = {
    "absolute": abs,
    "arctan": lambda x: x.atan(),
    "erf": lambda x: x.erf(),
    "erfc": lambda x: x.erfc(),
    "exp": lambda x: x.exp(),
    "expit": lambda x: 1 / (1 + (-x).exp()),
    "expm1": lambda x: x.expm1(),
    "gammaln": lambda x: x.lgamma(),
    "log": lambda x: x.log(),
    "log1p": lambda x: x.log1p(),
    "log_expit": lambda x: -((-x).exp().log1p()),
    "logaddexp": lambda x, y: (x.exp() + y.exp()).log(),
    "psi": lambda x: x.digamma(),
    "sign": lambda x: (x > 0) - (x < 0),
    "sqrt": lambda x: x.sqrt(),
    "tanh": lambda x: x.tanh(),
    "xlogy": lambda x, y: x * y.log() if x != 0 else x,
}


def certified_gradient(
    forward: Callable[..., Any],
    inputs: Sequence[Any],
    which: int,
    places: Sequence[tuple[int, ...]],
    cotangent: Array,
) -> list[tuple[float, float]] | None:
    """Return, for each place of one input, the derivative of ``sum(cotangent * forward(*inputs))`` and its radius.

    Parameters
    ----------
    forward : callable
        NumPy code, options bound.
    inputs : sequence
        Its inputs; floating arrays become balls.
    which : int
        Position of the input to differentiate with respect to.
    places : sequence of index tuples
        Where.
    cotangent : array
        Weights of the outputs.

    Returns
    -------
    list of (float, float) or None
        None where the code cannot be run on balls (it compares what it cannot tell apart, or makes floats of them), and
        where there is no derivative.

    Raises
    ------
    ExtraMissingError
        If python-flint is not installed.
    """
    try:
        from flint import arb, ctx
    except ImportError:
        raise ExtraMissingError("python-flint", "witness", "The certified witness") from None

    def balls(x: Any) -> Any:
        if isinstance(x, np.ndarray) and x.dtype.kind == "f":
            return np.vectorize(_ball, otypes=[object])(x.astype(np.float64)).view(BallArray)
        return x

    def contracted(at: tuple[int, ...], step: Any) -> Any:
        moved = [balls(x) for x in inputs]
        moved[which][at] = moved[which][at] + step
        out = np.asarray(forward(*moved), dtype=object)
        return sum((_ball(c) * o for c, o in zip(cotangent.ravel(), out.ravel(), strict=True)), arb(0))

    def derivative(at: tuple[int, ...], bits: int) -> tuple[Any, Any]:
        """Return the differences to the right and to the left."""
        step = arb(float(np.abs(inputs[which][at])) or 1.0) * arb(2) ** -bits
        middle = contracted(at, arb(0))
        return (contracted(at, step) - middle) / step, (middle - contracted(at, -step)) / step

    before, ctx.prec = ctx.prec, PRECISION_BITS
    try:
        results = []
        for at in places:
            right, left = derivative(at, STEP_BITS)
            found = (right + left) / 2
            value, radius = float(found.mid()), float(found.rad())
            coarse = sum(map(float, (d.mid() for d in derivative(at, COARSE_STEP_BITS)))) / 2
            slack = 2.0**-AGREEMENT_BITS * abs(value)
            kink = not abs(float((right - left).mid())) <= slack
            if kink or not (abs(coarse - value) <= slack and np.isfinite(radius)):
                return None
            results.append((value, radius))
        return results
    except (TypeError, ValueError, AttributeError, ZeroDivisionError, OverflowError):
        return None
    finally:
        ctx.prec = before
