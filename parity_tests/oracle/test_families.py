"""The input families: each draws what its name says."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradtwin.core.bound import PRECISIONS
from gradtwin.core.errors import UsageError
from gradtwin.families import EVERY, FAMILIES, Draw

SHAPE = (40, 50)
KINKS = (-1.0, 0.0, 2.5)
dtypes = pytest.mark.parametrize("dtype", [p.name for p in PRECISIONS.values() if p.carrier == p.name])


def _draw(family: str, dtype: str = "float64", seed: int = 0) -> Draw:
    return Draw(np.random.default_rng(seed), family, dtype, KINKS)


def _array(family: str, dtype: str = "float64", seed: int = 0) -> NDArray[Any]:
    return _draw(family, dtype, seed)(SHAPE)


@dtypes
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_is_seeded_finite_and_of_its_type(family: str, dtype: str) -> None:
    first, again, other = _array(family, dtype), _array(family, dtype), _array(family, dtype, seed=1)
    assert first.dtype == dtype
    assert first.shape == SHAPE
    assert first.tobytes() == again.tobytes() != other.tobytes()
    assert np.all(np.isfinite(first))


def test_every_family_but_the_kinks_needs_no_facts() -> None:
    assert {*EVERY, "kinks"} == set(FAMILIES)
    with pytest.raises(UsageError, match="declare its kinks"):
        Draw(np.random.default_rng(0), "kinks", "float64")
    with pytest.raises(UsageError, match="Nearest: tails"):
        Draw(np.random.default_rng(0), "tail", "float64")


@pytest.mark.parametrize(
    ("family", "size", "shape"),
    [
        ("typical", 1.0, (6, 5)),
        ("typical", 3.5, (21, 5)),
        ("strided", 0.01, (1, 5)),
        ("empty", 3.5, (0, 5)),
        ("zero-dimensional", 3.5, ()),
    ],
)
def test_a_batch_has_the_size_that_is_asked_for(family: str, size: float, shape: tuple[int, ...]) -> None:
    draw = Draw(np.random.default_rng(0), family, "float64", size=size)
    assert draw.batch(6, 5) == shape
    assert draw.batch() == (shape[:1] if family == "empty" else ())


@pytest.mark.parametrize("family", ["typical", "strided", "read-only", "zero-dimensional", "empty"])
def test_typical_values_spread_about_zero(family: str) -> None:
    values = _array(family)
    assert abs(np.mean(values)) < 0.1 < 0.9 < np.std(values) < 1.1
    assert np.unique(values).size == values.size


@dtypes
def test_tails_come_near_the_overflow_of_exp_and_no_further(dtype: str) -> None:
    values = _array("tails", dtype)
    assert 0.3 < np.mean(np.abs(values) > 2) < 0.6
    assert np.all(np.isfinite(np.exp(values.astype(dtype))))
    assert np.exp(values.max(), dtype=dtype) > np.finfo(dtype).max ** 0.7
    assert np.min(values) < -np.max(values) / 2


def test_zeros_have_both_signs() -> None:
    values = _array("zeros")
    zero = values == 0
    assert 0.25 < np.mean(zero) < 0.4
    assert 0.4 < np.mean(np.signbit(values[zero])) < 0.6


def test_kinks_are_hit_and_stepped_beside() -> None:
    values = _array("kinks")
    beside = {k + s for k in KINKS for s in (-0.25, 0.0, 0.25)}
    assert set(np.unique(values)) == beside
    assert 0.3 < np.mean(np.isin(values, KINKS)) < 0.7


@dtypes
def test_huge_values_have_squares_that_do_not_overflow(dtype: str) -> None:
    values = _array("huge", dtype)
    assert np.all(np.isfinite(values * values))
    assert np.max(values).astype(np.float64) ** 2 > np.finfo(dtype).max ** 0.5
    assert 0.2 < np.mean(np.abs(values) > 5) < 0.4


@dtypes
def test_tiny_values_reach_the_subnormal_edge(dtype: str) -> None:
    values = np.abs(_array("tiny", dtype))
    assert np.max(values) <= 1
    assert np.any((values > 0) & (values < np.finfo(dtype).smallest_normal))


def test_strided_arrays_have_gaps_and_another_order() -> None:
    values = _array("strided")
    assert not values.flags.c_contiguous
    assert not values.flags.f_contiguous
    assert abs(values.strides[0]) < abs(values.strides[1])
    assert abs(values.strides[0]) > values.itemsize


def test_read_only_arrays_cannot_be_written() -> None:
    values = _array("read-only")
    with pytest.raises(ValueError, match="read-only"):
        values[0, 0] = 1


def test_batches_have_the_shape_of_their_family() -> None:
    assert _draw("typical").batch(6, 4) == (6, 4)
    assert _draw("empty").batch(6, 4) == (0, 4)
    assert _draw("zero-dimensional").batch(6, 4) == ()
    assert _draw("empty")(_draw("empty").batch(6, 4)).size == 0
    assert _draw("zero-dimensional")(()).ndim == 0


def test_bounded_domains_are_kept_and_filled() -> None:
    for family in (f for f in FAMILIES if f != "kinks"):
        values = _draw(family)(SHAPE, 0.0, 1.0)
        assert 0 <= np.min(values) < 0.01 < 0.99 < np.max(values) <= 1
    edges = np.isin(_draw("zeros")(SHAPE, 0.0, 1.0), (0.0, 1.0))
    assert 0.25 < np.mean(edges) < 0.4


def test_indices_cover_every_class_in_the_layout_of_the_family() -> None:
    for family in FAMILIES:
        assert set(np.unique(_draw(family).index(SHAPE, 5))) == set(range(5))
    assert not _draw("read-only").index(SHAPE, 5).flags.writeable
    assert not _draw("strided").index(SHAPE, 5).flags.c_contiguous


def test_choices_are_of_the_type_and_in_the_layout_of_the_family() -> None:
    labels = _draw("strided", "float32").choice((-1.0, 1.0), SHAPE)
    assert labels.dtype == np.float32
    assert set(np.unique(labels)) == {-1.0, 1.0}
    assert not labels.flags.c_contiguous
