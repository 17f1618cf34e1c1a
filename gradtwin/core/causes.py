"""Naming the probable cause of a difference where its pattern is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CLEAR_TRUTH, NAMED_FACTOR, TELLING_SIZE, VISIBLE, K
from gradtwin.core.truth import Expectation, Truth, ratios

__all__ = ["cause_of", "is_multiple", "shape_cause"]

Array = NDArray[Any]


@np.errstate(all="ignore")
def cause_of(
    got: Array,
    e: Expectation,
    *,
    sizes: Mapping[str, int],
    kinks: Sequence[float] = (),
    at: Array | None = None,
    largest: float = np.inf,
    diagonal: Callable[[], Array | None] = lambda: None,
    of_cotangent: Callable[[], str | None] = lambda: None,
) -> str | None:
    """Return the cause that explains the whole difference, as a clause, or None where no known pattern does.

    Parameters
    ----------
    got, e : array and Expectation
        The result that was refused and what was expected.
    sizes : mapping
        The numbers that a reduction may have got wrong, by what they count.
    kinks : sequence of float
        Inputs at which the function has no derivative.
    at : array, optional
        The input of the same shape as `got`.
    largest : float
        The largest magnitude among the inputs: where they are small nothing overflows.
    diagonal : callable
        Returns what would come out if only the diagonal of the Jacobian were used.
    of_cotangent : callable
        Returns the cause that lies in what a backward makes of its cotangent, or None.
    """
    value = np.asarray(got, np.float64)
    outside = ratios(value, e) > 1
    if np.any(~np.isfinite(value[outside])) and not np.any(outside & np.isfinite(value)):
        # The exponential overflows first, and sooner squared.
        if np.any(np.isinf(value[outside])) or largest > np.log(e.precision.largest) / 2:
            return "only beyond overflow: the result is not finite where the truth is"
        return "the result is not a number where the truth is one, as 0 / 0 is"

    def explains(copy: Array) -> bool:
        return not np.any(ratios(copy, e) > 1)

    if not np.any(value) and np.any(np.nan_to_num(e.truth[outside])):
        return "the result is zero everywhere"
    # Before a constant factor: beside a cotangent of one number, to ignore it looks like one.
    misuse = of_cotangent()
    if misuse is not None:
        return misuse
    factor = _constant_factor(value, e)
    if factor is not None and f"{factor:.10g}" != "1":
        cause = _name_factor(factor, sizes)
        if cause is not None or np.count_nonzero(_clear(e)) > 1 or _whole(factor):  # any number is a multiple of one
            return cause or f"a constant factor of {factor:.10g}"
    if value.ndim >= 2 and value.shape[-1] == value.shape[-2] and explains(np.swapaxes(value, -1, -2)):
        return "the result is transposed"
    if explains(-np.abs(value)) or explains(np.abs(value)):
        return "the sign is lost: the absolute values agree"
    # Late, since it costs a run of the twin for every element.
    of_diagonal = diagonal()
    if of_diagonal is not None and of_diagonal.shape == value.shape and not np.any(_far(value, of_diagonal, e)):
        return "the off-diagonal terms of the Jacobian are lost"
    if at is not None and at.shape == value.shape and len(kinks) and np.all(np.isin(at[outside], kinks)):
        return f"only at kinks: input in {tuple(kinks)}"
    return _offset(value, e)


def is_multiple(got: Array, e: Expectation) -> bool:
    """Return whether a result is a multiple of the truth, or a part of it, by a whole number other than one."""
    factor = _constant_factor(np.asarray(got, np.float64), e)
    return factor is not None and not _near(abs(factor), 1.0) and _whole(factor)


def shape_cause(got: Array, expected: tuple[int, ...], output: tuple[int, ...], truth: Truth) -> str | None:
    """Return the cause of a gradient's wrong shape, where it is known.

    Parameters
    ----------
    got : array
        The gradient.
    expected, output : tuple of int
        The shape that the gradient has by the twin, and that of the output.
    truth : Truth
        What the twin says of the gradient; asked only where a shape alone does not tell.
    """
    if got.shape == expected[::-1] and got.shape != expected:
        e = truth.first()
        if e is not None and not np.any(ratios(got.T, e) > 1):
            return "the result is transposed"
        if e is not None and not np.any(ratios(got.reshape(expected), e) > 1):
            return "the result is reshaped: its elements are right, in the order of the twin's"
    if got.shape == output and got.shape != expected:
        return "a missing broadcast sum: the gradient has the shape of the output, not of the input"
    return None


def _far(value: Array, reference: Array, e: Expectation, factor: float = 1.0) -> Array:
    """Return where a result is further than rounding from a reference, which is the truth but for a factor."""
    bound = np.abs(factor) * e.bound + e.precision.floor + K * e.precision.unit * np.abs(reference)
    return np.asarray(np.abs(value - reference) > bound)


def _clear(e: Expectation) -> Array:
    """Return where the truth is a number, and not one of rounding alone."""
    return np.asarray(np.isfinite(e.truth) & (np.abs(e.truth) > CLEAR_TRUTH * e.bound))


def _constant_factor(value: Array, e: Expectation) -> float | None:
    clear = np.isfinite(value) & _clear(e)
    if not np.any(clear):
        return None
    factor = float(np.median(value[clear] / e.truth[clear]))
    if factor == 0 or not np.isfinite(factor) or np.any(_far(value, factor * e.truth, e, factor)[np.isfinite(value)]):
        return None
    return factor


def _whole(factor: float) -> bool:
    """Return whether a factor, or one over it, is a whole number, not so large that any number is near to one."""
    sizes = [f for f in (abs(factor), abs(1 / factor)) if f * NAMED_FACTOR < VISIBLE]
    return any(round(f) > 0 and _near(f, round(f)) for f in sizes)


def _name_factor(factor: float, sizes: Mapping[str, int]) -> str | None:
    if _near(factor, -1.0):
        return "the sign is wrong"
    names = {"2": 2.0, "1/2": 0.5}
    for what, n in sizes.items():
        if n >= TELLING_SIZE:
            names[f"{n}, {what}: a sum where the mean is meant"] = float(n)
            names[f"1/{n}, one over {what}: a mean where the sum is meant"] = 1.0 / n
    for name, size in names.items():
        for sign, word in ((1.0, ""), (-1.0, " and of the wrong sign")):
            if _near(factor, sign * size):
                return f"a constant factor of {name}{word}"
    return None


def _offset(value: Array, e: Expectation) -> str | None:
    if value.size < 2 or not np.all(np.isfinite(value) & np.isfinite(e.truth)):
        return None
    shift = float(np.median(value - e.truth))
    if shift and not np.any(_far(value, e.truth + shift, e)):
        return f"a constant offset of {shift:.6g}"
    return None


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= NAMED_FACTOR * abs(b)
