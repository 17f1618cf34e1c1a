"""Laws of universal approximation by hand: steps, bumps, towers, and how near they come to a function."""

from collections.abc import Callable
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gradtwin
from reference.approximation import bumps as reference_bumps
from reference.approximation import towers as reference_towers
from scratch.approximation import bump, bumps, step, towers
from scratch.models import mlp

Array = NDArray[Any]
UNITS = (8, 16, 32, 64, 128)
PER_SIDE = (4, 8, 16)
LINE = np.linspace(0, 1, 1001)
SQUARE = (np.stack(np.meshgrid(*[np.arange(64)] * 2), axis=-1).reshape(-1, 2) + 0.5) / 64
"""Points of the square, none of them in a corner of one of 4 x 4, 8 x 8 or 16 x 16 towers."""
PRINTED = np.full((4, 1), 100.0), np.array([-20.0, -40, -60, -80]), np.array([[1.0, -1, 2, -2]]), np.zeros(1)
"""The network of the lecture; `TWO` are its bumps."""
TWO = np.array([[0.2, 0.4], [0.6, 0.8]]), np.array([1.0, 2.0]), np.array(100.0)


def _wave(x: Array) -> Array:
    return np.asarray(np.sin(2 * np.pi * x))


def _hill(points: Array) -> Array:
    return np.asarray(1 + points[..., 0] * points[..., 1])


def _of_bumps(input: Array, *numbers: Array) -> Array:
    return np.asarray(mlp.forward(input[..., None], *bumps.network(*numbers), activation="sigmoid")[..., 0])


def _of_towers(input: Array, *numbers: Array) -> Array:
    return np.asarray(mlp.forward(input, *towers.network(*numbers), activation="sigmoid")[..., 0])


def _one_after_the_other(input: Array, edges: Array, heights: Array, steepness: Array) -> Array:
    weight = np.stack([steepness, steepness])
    return np.asarray(
        sum(bump.forward(input, weight, -steepness * e, np.stack([h, -h])) for e, h in zip(edges, heights, strict=True))
    )


def _swapped(input: Array, low: Array, high: Array, *rest: Array) -> Array:
    return _of_towers(input, high, low, *rest)


def _upside_down(input: Array, edges: Array, heights: Array, steepness: Array) -> Array:
    return np.asarray(bumps.forward(input, edges, -heights, steepness))


def test_l42_the_step_is_at_one_fifth() -> None:
    before, at, after = step.forward(np.array([0.19, 0.2, 0.21]), np.array(100.0), np.array(-20.0))
    assert at == 0.5
    assert before < 0.5 < after


def test_l42_a_bump_is_the_difference_of_two_steps() -> None:
    biases = np.array([-20.0, -40.0])
    up, down = (step.forward(LINE, np.array(100.0), b) for b in biases)
    made = bump.forward(LINE, np.full(2, 100.0), biases, np.array([1.0, -1.0]))
    assert np.array_equal(made, up - down)
    assert not np.array_equal(made, up + down)


def test_l42_the_printed_network_is_that_of_two_bumps() -> None:
    assert all(np.array_equal(a, b) for a, b in zip(bumps.network(*TWO), PRINTED, strict=True))


@pytest.mark.parametrize(
    ("forward", "verdict"),
    [(_of_bumps, "match"), (_one_after_the_other, "match"), (_upside_down, "mismatch")],
)
def test_l42_the_printed_network_is_the_sum_of_its_bumps(forward: Callable[..., Any], verdict: str) -> None:
    report = gradtwin.check(
        forward,
        twin=reference_bumps.forward,
        inputs=[LINE[::20], *TWO],
        dtypes=("float64", "float32"),
        name="two bumps",
    )
    assert report.verdict == verdict, report


@pytest.mark.parametrize(("forward", "verdict"), [(_of_towers, "match"), (_swapped, "mismatch")])
def test_l42_a_network_of_two_hidden_layers_is_the_sum_of_its_towers(forward: Callable[..., Any], verdict: str) -> None:
    numbers = [np.asarray(n) for n in towers.of(_hill, 2)]
    report = gradtwin.check(
        forward,
        twin=reference_towers.forward,
        inputs=[SQUARE[::80], *numbers],
        dtypes=("float64", "float32"),
        name="4 towers",
    )
    assert report.verdict == verdict, report


def _errors(module: ModuleType, function: Callable[[Array], Array], sizes: tuple[int, ...], points: Array) -> list[Any]:
    """Return the largest errors on these points, by the number of units or towers."""
    return [np.max(np.abs(module.forward(points, *module.of(function, n)) - function(points))) for n in sizes]


@pytest.mark.parametrize(
    ("module", "function", "sizes", "points"),
    [(bumps, _wave, UNITS, LINE), (towers, _hill, PER_SIDE, SQUARE)],
    ids=["bumps", "towers"],
)
def test_l42_the_error_falls_with_every_doubling(
    module: ModuleType, function: Callable[[Array], Array], sizes: tuple[int, ...], points: Array
) -> None:
    errors = _errors(module, function, sizes, points)
    assert all(more < 0.6 * fewer for fewer, more in pairwise(errors)), errors


def test_l42_bumps_that_are_never_made_narrower_come_no_nearer() -> None:
    edges, heights, steepness = bumps.of(_wave, UNITS[0])
    twice = np.repeat(edges, 2, axis=0), np.repeat(heights / 2, 2), steepness
    once = bumps.forward(LINE, edges, heights, steepness)
    assert np.max(np.abs(bumps.forward(LINE, *twice) - _wave(LINE))) > 0.9 * np.max(np.abs(once - _wave(LINE)))


@pytest.mark.parametrize("per_side", PER_SIDE)
def test_l42_where_four_towers_meet_there_is_a_hole(per_side: int) -> None:
    corner = np.array([0.5, 0.5])
    assert towers.forward(corner, *towers.of(_hill, per_side)) < 0.01 * _hill(corner)


@pytest.mark.parametrize(("of", "size"), [(bumps.of, 0), (bumps.of, 7), (bumps.of, -2), (towers.of, 0)])
def test_l42_a_number_of_units_that_makes_no_bumps_is_refused(of: Callable[..., Any], size: int) -> None:
    with pytest.raises(ValueError, match=f"got {size}"):
        of(_wave, size)
