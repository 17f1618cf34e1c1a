"""The certified third witness: unmodified NumPy code run on balls of arbitrary precision (python-flint's `arb`).

The derivative comes back from a central difference of the forward with a step so small (2^-200 of the input) that
what it leaves out is far below float64, while the ball's radius is a proven bound on everything that was rounded on
the way. It needs neither autograd nor a second implementation. Where the two one-sided differences disagree there is a
kink, and a ball that would have to become a float refuses; the witness does not answer then.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, enter
from gradtwin.core.errors import ExtraMissingError, GradtwinError
from gradtwin.core.results import arrays_in

__all__ = ["certified_gradient", "certified_outputs"]

PRECISION_BITS = (1000, 4000)
"""Tried in turn: the second where the first leaves a radius that is large beside the derivative."""
STEP_BITS = 200
"""The step of the difference is 2^-200 of the input: what it leaves out is far below float64."""
AGREEMENT_BITS = 100
"""The differences to the right and to the left must agree to this many bits, else there is a kink."""
Array = NDArray[Any]


class Ball:
    """A number of the ball arithmetic that refuses to become a float, so that no code can leave the balls unseen."""

    __slots__ = ("arb",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, number: Any) -> None:
        from flint import arb

        self.arb: Any = number.arb if isinstance(number, Ball) else number
        if not isinstance(self.arb, arb):
            self.arb = arb(float(number))

    def __neg__(self) -> Ball:
        return Ball(-self.arb)

    def __abs__(self) -> Ball:
        return Ball(abs(self.arb))

    def __bool__(self) -> bool:
        raise TypeError("a ball has no truth value")

    def __float__(self) -> float:
        raise TypeError("a ball is no float")


def _lifted(operation: Callable[[Any, Any], Any], *, swap: bool = False) -> Callable[[Ball, Any], Any]:
    def method(self: Ball, other: Any) -> Any:
        pair = (Ball(other).arb, self.arb) if swap else (self.arb, Ball(other).arb)
        return Ball(operation(*pair))

    return method


def _compared(comparison: Callable[[Any, Any], bool], opposite: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    def method(self: Ball, other: Any) -> bool:
        pair = self.arb, Ball(other).arb
        # True only where it is certain: of balls that overlap it is False, and so is its opposite.
        result = comparison(*pair)
        if not result and not opposite(*pair):
            raise TypeError("balls that overlap cannot be told apart")
        return result

    return method


for _name in ("add", "sub", "mul", "truediv", "pow"):
    setattr(Ball, f"__{_name}__", _lifted(getattr(operator, _name)))
    setattr(Ball, f"__r{_name}__", _lifted(getattr(operator, _name), swap=True))
for _pair in (("lt", "ge"), ("le", "gt"), ("eq", "ne")):
    for _name, _opposite in (_pair, _pair[::-1]):
        setattr(Ball, f"__{_name}__", _compared(getattr(operator, _name), getattr(operator, _opposite)))


class BallArray(np.ndarray[Any, np.dtype[Any]]):
    """An object array of balls on which NumPy's and SciPy's elementary functions work."""

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        inputs = tuple(np.asarray(x) if isinstance(x, np.ndarray) else x for x in inputs)
        targets = kwargs.pop("out", None)
        scalar = SCALAR.get(ufunc.__name__)
        if scalar is not None and method == "__call__":
            where = kwargs.pop("where", True)
            out = np.frompyfunc(lambda *x: Ball(scalar(*(Ball(v).arb for v in x))), len(inputs), 1)(*inputs)
            if targets is not None:
                np.copyto(targets[0], out, where=where)
                return targets[0]
            if where is not True:
                raise TypeError("what stands elsewhere is unknown")
        elif targets is not None:
            getattr(ufunc, method)(*inputs, **kwargs, out=tuple(np.asarray(x) for x in targets))
            return targets[0] if len(targets) == 1 else targets
        else:
            out = getattr(ufunc, method)(*inputs, **kwargs)
        return np.asarray(out).view(BallArray) if np.asarray(out).dtype == object else out

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        out = super().__array_function__(func, types, args, kwargs)
        return out.view(BallArray) if isinstance(out, np.ndarray) and out.dtype == object else out


def _sign(x: Any) -> int:
    return int(x > 0) - int(x < 0)


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
    "cos": lambda x: x.cos(),
    "psi": lambda x: x.digamma(),
    "sign": lambda x: _sign(Ball(x)),
    "sin": lambda x: x.sin(),
    "sqrt": lambda x: x.sqrt(),
    "tanh": lambda x: x.tanh(),
    "xlogy": lambda x, y: x * y.log() if _sign(Ball(x)) else x,
}


def certified_gradient(
    forward: Code,
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
    with _precision() as ctx:
        from flint import arb

        def contracted(at: tuple[int, ...], step: Any) -> Any:
            balls = [_balls(x) for x in inputs]
            balls[which][at] = balls[which][at] + Ball(step)
            out = np.asarray(enter(forward, *balls), dtype=object)
            return sum((Ball(c).arb * Ball(o).arb for c, o in zip(cotangent.ravel(), out.ravel(), strict=True)), arb(0))

        def derivative(at: tuple[int, ...]) -> tuple[float, float] | None:
            step = arb(float(np.abs(inputs[which][at])) or 1.0) * arb(2) ** -STEP_BITS
            middle = contracted(at, arb(0))
            # Over so short a step the leading 200 bits cancel; of 1000 more than enough are left.
            right, left = (contracted(at, step) - middle) / step, (middle - contracted(at, -step)) / step
            mean = (right + left) / 2
            value, radius = float(mean.mid()), float(mean.rad())
            close = 2.0**-AGREEMENT_BITS * max(abs(value), abs(float(right.mid())))
            agree = abs(float((right - left).mid())) <= max(close, radius)
            return (value, radius) if agree and np.isfinite(value) and np.isfinite(radius) else None

        results = []
        for at in places:
            for ctx.prec in PRECISION_BITS:
                ball = derivative(at)
                # More digits help against a wide ball, and not against a kink.
                if ball is None or ball[1] <= 2.0**-AGREEMENT_BITS * abs(ball[0]):
                    break
            if ball is None:
                return None
            results.append(ball)
        return results
    return None


def certified_outputs(forward: Code, inputs: Sequence[Any]) -> list[Array] | None:
    """Return what the code computes on balls, rounded to float64; None where it cannot be run on them.

    Raises
    ------
    ExtraMissingError
        If python-flint is not installed.
    """
    with _precision() as ctx:
        ctx.prec = PRECISION_BITS[0]
        return [_middles(x) for x in arrays_in(enter(forward, *map(_balls, inputs)))]
    return None


@contextlib.contextmanager
def _precision() -> Iterator[Any]:
    """Put the precision of the balls back, and pass over what they refuse in somebody's code."""
    try:
        from flint import ctx
    except ImportError:
        raise ExtraMissingError("python-flint", "witness", "The certified witness") from None
    before = ctx.prec
    try:
        yield ctx
    except GradtwinError:
        raise
    except Exception:  # whoever compiles code for numbers of a machine has an error of his own for others
        pass
    finally:
        ctx.prec = before


def _balls(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.dtype.kind == "f":
        return np.asarray(np.frompyfunc(Ball, 1, 1)(x.astype(np.float64)), dtype=object).view(BallArray)
    return x


def _middles(x: Array) -> Array:
    """Return the middles of balls as floats, and an array of other things as it is."""
    middle = np.frompyfunc(lambda v: float(v.arb.mid()) if isinstance(v, Ball) else float(v), 1, 1)
    return np.asarray(middle(np.asarray(x)), np.float64) if x.dtype == object else x
