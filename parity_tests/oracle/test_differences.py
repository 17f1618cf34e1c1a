"""Extrapolated differences: their slopes lie within their own error, and what has no slope has no small error."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from gradtwin.core.bound import K
from gradtwin.core.differences import slope_along

SMOOTH: dict[str, tuple[Callable[[float], float], float]] = {
    "a sine": (lambda t: math.sin(1 + t), math.cos(1)),
    "a steep exponential": (lambda t: math.exp(5 + 5 * t), 5 * math.exp(5)),
    "a line": (lambda t: 3 + 2 * t, 2.0),
    "a line of a few digits": (lambda t: 1 + 1e-13 * t, 1e-13),
    "a constant": (lambda t: 7.0, 0.0),
    "a step further off": (lambda t: float(round(0.499 + t)), 0.0),
    "a kink further off": (lambda t: abs(0.01 + t), 1.0),
    "an end of the domain further off": (lambda t: math.sqrt(0.01 + t) if t > -0.01 else math.nan, 5.0),
}


@pytest.mark.parametrize("side", [0, 1, -1])
@pytest.mark.parametrize("name", SMOOTH)
def test_a_slope_lies_within_its_error(name: str, side: int) -> None:
    function, expected = SMOOTH[name]
    slope = slope_along(lambda t: np.array([function(t)]), np.ones(1), side)
    assert abs(slope.value - expected) <= slope.error
    assert slope.error <= 2.0**-20 * max(abs(expected), 1)


def test_weights_add_the_slopes_of_several_numbers() -> None:
    slope = slope_along(lambda t: np.array([math.sin(t), 3 * t, 5.0]), np.array([2.0, -1.0, 7.0]))
    assert abs(slope.value + 1) <= slope.error


def test_a_kink_has_a_slope_on_each_side() -> None:
    right, left = (slope_along(lambda t: np.array([abs(t)]), np.ones(1), side) for side in (1, -1))
    assert (right.value, left.value) == (1, -1)


WITHOUT: dict[str, Callable[[float], float]] = {
    "a step": lambda t: float(t > 0),
    "a root": lambda t: math.sqrt(max(t, 0)),
    "a pole": lambda t: 1 / t if t else 0.0,
    "noise": lambda t: float(np.random.default_rng(hash(t)).random()),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_what_has_no_slope_has_no_small_error(name: str) -> None:
    slope = slope_along(lambda t: np.array([WITHOUT[name](t)]), np.ones(1), 1)
    assert K * slope.error > abs(slope.value) / K


def test_a_function_that_does_not_answer_has_no_slope() -> None:
    assert slope_along(lambda t: None, np.ones(1)).error == math.inf
