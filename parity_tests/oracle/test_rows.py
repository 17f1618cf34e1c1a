"""Results that are held at once: the comparison of each is the one that it would have alone."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradtwin.core.bound import LOOK_CLOSER_ABOVE, OUTSIDE_FOR_GOOD, K, precision
from gradtwin.core.controls import Controls, tried, tried_rows
from gradtwin.core.hold import Comparison, hold, hold_rows
from gradtwin.core.truth import Expectation, Places, ratios

Array = NDArray[Any]
ROWS = 24
P = precision("float32")


@dataclass(frozen=True)
class _Truth:
    """What the twin says of one row; a closer look has nothing to add."""

    expectation: Expectation

    def first(self) -> Expectation:
        return self.expectation

    def closer(self, places: Places = None) -> Expectation:
        return self.expectation


def _expected(shape: tuple[int, ...], rng: np.random.Generator, *, exact: bool = False) -> Expectation:
    """Return an expectation of many rows, some elements of which are 0, or have no spread."""
    truth = rng.standard_normal((ROWS, *shape)) * (rng.random((ROWS, *shape)) < 0.8)
    spread = K * P.unit * rng.exponential(size=truth.shape) * (rng.random(truth.shape) < 0.8)
    native = truth.astype(P.name)
    native[::7] += (3 * spread[::7] + 3 * K * P.unit).astype(P.name)  # a twin that is outside of its own bound
    native[1::7] += 1  # and one that is so for good
    return Expectation(truth, spread, native, P, exact)


def _got(e: Expectation, rng: np.random.Generator) -> Array:
    """Return results of all kinds: right ones, suspicious ones, wrong ones, of one size, without any."""
    size = 10.0 ** rng.uniform(-3, 1, (ROWS, *(1,) * (e.truth.ndim - 1)))
    got = e.truth + size * e.bound * rng.uniform(-1, 1, e.truth.shape)
    got[::5] = e.truth[::5]
    return got.astype(P.name)


@pytest.mark.parametrize("with_origin", [False, True])
@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 4), (4, 4), (2, 3, 3), (0,)], ids=str)
def test_what_is_held_at_once_is_held_as_alone(shape: tuple[int, ...], with_origin: bool) -> None:
    rng = np.random.default_rng(len(shape))
    e = _expected(shape, rng)
    got, origin = _got(e, rng), e.truth + rng.standard_normal(e.truth.shape) if with_origin else None
    together = hold_rows("W", got, e, Controls(7, origin))
    alone = [_alone(got[i], e.row(i), None if origin is None else origin[i]) for i in range(ROWS)]
    assert {x is None for x in together} == ({True, False} if e.truth[0].size else {False})
    for mine, other in zip(together, alone, strict=True):
        assert (mine is None) == (other.worst > LOOK_CLOSER_ABOVE or 1 < other.twin <= OUTSIDE_FOR_GOOD)
        assert mine is None or _figures(mine) == _figures(other)


def _alone(got: Array, e: Expectation, origin: Array | None) -> Comparison:
    comparison = hold("W", got, _Truth(e), Controls(7, origin))
    assert comparison is not None
    return comparison


def _figures(c: Comparison) -> tuple[Any, ...]:
    return c.finding, c.worst, c.twin, c.controls, c.proved


def test_counters_are_held_exactly() -> None:
    steps = np.arange(ROWS)
    e = Expectation(steps * 1.0, np.zeros(ROWS), steps, P, exact=True)
    right, ahead = (hold_rows("step", steps + d, e, Controls(1)) for d in (0, 1))
    assert all(c is not None and c.finding is None for c in right)
    assert ahead == [None] * ROWS


def test_what_is_not_finite_is_tried_as_alone() -> None:
    rng = np.random.default_rng(0)
    e = _expected((6,), rng)
    broken = e.truth.copy()
    broken[::3, 1], broken[1::3] = np.nan, np.inf
    e = Expectation(broken, e.spread, broken.astype(P.name), P)
    got = broken.astype(P.name)
    together = tried_rows(e, Controls(7))
    assert together == [tried(e.row(i), Controls(7)) for i in range(ROWS)]
    assert ratios(got, e).shape == got.shape


def test_a_wrong_row_among_right_ones_is_not_called_right() -> None:
    e = _expected((3, 4), np.random.default_rng(1))
    e = replace(e, native=e.truth.astype(P.name))
    for i in range(ROWS):
        got = e.truth.astype(P.name)
        got[i, 2, 1] = e.truth[i, 2, 1] + 3 * e.bound[i, 2, 1] + P.unit
        assert [j for j, c in enumerate(hold_rows("W", got, e, Controls(12))) if c is None] == [i]
