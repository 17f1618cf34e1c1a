"""Gradient checking: error against step size, to the last bit, and the error that SciPy estimates."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import differentiate

from parity_tests.pairs.gradient_checking import bell
from scratch.gradient_checking import central_difference, complex_step, forward_difference

Array = NDArray[Any]
POINTS = np.array([0.5, 0.75, 1.25])
STEPS = 2.0 ** -np.arange(1, 53)
ROOT, CUBE_ROOT, NINTH_ROOT = 26, 18, 6
"""Exponents of u = 2^-53: where a method whose truncation falls as h, h^2 or h^8 is about at its best."""


def _exact(x: float) -> Fraction:
    """Return the derivative of 1 / (1 + x^2), without rounding."""
    return -2 * Fraction(x) / (1 + Fraction(x) ** 2) ** 2


def _error(found: Array) -> float:
    return float(max(abs(Fraction(g) - _exact(x)) for g, x in zip(found.tolist(), POINTS.tolist(), strict=True)))


def _curve(way: Callable[[float], Array]) -> list[float]:
    """Return the errors at 2^0 (infinite, as none is taken there), 2^-1, 2^-2, ..., so that they go by exponent."""
    return [np.inf, *(_error(way(float(h))) for h in STEPS)]


def _scipy(step: float) -> Array:
    """Return one central difference of eighth order, without the search for a better step."""
    found = differentiate.derivative(lambda x: 1 / (1 + x * x), POINTS, initial_step=step, maxiter=1, order=8)
    return np.asarray(found.df)


FORWARD = _curve(lambda h: forward_difference.forward(POINTS, bell, h))
CENTRAL = _curve(lambda h: central_difference.forward(POINTS, bell, h))
COMPLEX = _curve(lambda h: complex_step.forward(POINTS, bell, h))
SCIPY = _curve(_scipy)


@pytest.mark.parametrize(
    ("curve", "best", "falls_to"),
    [(FORWARD, ROOT, 20), (CENTRAL, CUBE_ROOT, 14), (SCIPY, NINTH_ROOT, 4)],
    ids=["forward", "central", "eighth order"],
)
def test_l33_a_difference_is_best_between_truncation_and_rounding(curve: list[float], best: int, falls_to: int) -> None:
    assert all(after < before for before, after in pairwise(curve[:falls_to]))
    assert curve[best] < curve[best // 2]
    assert curve[best] < curve[(53 + best) // 2]


def test_l33_a_higher_order_has_a_smaller_least_error() -> None:
    assert min(COMPLEX) < min(SCIPY) < min(CENTRAL) < min(FORWARD)


def test_l33_a_complex_step_never_gets_worse_as_it_shrinks() -> None:
    assert all(after < before for before, after in pairwise(COMPLEX[:24]))
    last = complex_step.forward(POINTS, bell, 2.0**-30)
    assert all(np.array_equal(complex_step.forward(POINTS, bell, 2.0**-k), last) for k in (40, 100, 500, 1000))
    assert _error(last) == min(COMPLEX)


def test_l33_the_error_estimate_of_scipy_is_above_its_error_and_within_its_tolerance() -> None:
    x = np.linspace(-3, 3, 49)
    found = differentiate.derivative(lambda x: 1 / (1 + x * x), x)
    errors = [abs(Fraction(g) - _exact(at)) for g, at in zip(found.df.tolist(), x.tolist(), strict=True)]
    # Together: at one point the estimate, a difference of two iterations, may vanish by chance and the error not.
    assert sum(errors) <= sum(map(Fraction, found.error.tolist())) / 10
    # At 0 the slope is 0, and no error is small beside it.
    within = found.error <= np.sqrt(np.finfo(float).eps) * np.abs(found.df)
    assert np.all(within[x != 0])
