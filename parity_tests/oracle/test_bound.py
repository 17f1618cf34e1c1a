"""The bound: its formula, its exact corner, and the ratio that measures against it."""

import numpy as np
import pytest
import torch

from gradtwin.core.bound import PRECISIONS, K, Precision, allowed, exact_bound, precision, ratio
from gradtwin.core.errors import UsageError

TRUTH = np.array([0.0, 1.0, -3.0, 1e-30, 1e30])
SPREAD = np.array([2.0, 0.0, 0.5, 1e-40, 1e20])


@pytest.mark.parametrize("p", PRECISIONS.values(), ids=lambda p: p.name)
def test_constants_are_those_of_the_format(p: Precision) -> None:
    info = torch.finfo(getattr(torch, p.name))
    assert p.unit == info.eps / 2
    assert p.eta == info.smallest_normal * info.eps
    assert p.largest == info.max
    assert p.floor == (K * p.eta if p.name == "float16" else info.smallest_normal)


@pytest.mark.parametrize("p", PRECISIONS.values(), ids=lambda p: p.name)
def test_bound_is_the_spread_and_k_units_of_the_value_and_a_floor(p: Precision) -> None:
    expected = [s + K * p.unit * abs(v) + p.floor for v, s in zip(TRUTH, SPREAD, strict=True)]
    assert allowed(TRUTH, SPREAD, p).tolist() == expected


@pytest.mark.parametrize("p", PRECISIONS.values(), ids=lambda p: p.name)
def test_zero_truth_with_zero_spread_admits_nothing(p: Precision) -> None:
    assert allowed(np.zeros(3), np.zeros(3), p).tolist() == [0, 0, 0]
    assert np.all(allowed(np.zeros(3), np.full(3, p.eta), p) > 0)
    assert np.all(allowed(np.full(3, p.eta), np.zeros(3), p) > 0)


def test_bound_grows_with_the_spread_and_with_the_unit() -> None:
    coarse, fine = PRECISIONS["float32"], PRECISIONS["float64"]
    assert np.all(allowed(TRUTH, 2 * SPREAD, fine) >= allowed(TRUTH, SPREAD, fine))
    assert np.all(allowed(TRUTH, SPREAD, coarse) >= allowed(TRUTH, SPREAD, fine))


def test_exact_bound_is_zero_in_the_shape_of_the_truth() -> None:
    assert exact_bound(np.ones((2, 3))).tolist() == np.zeros((2, 3)).tolist()


def test_ratio_of_no_difference_is_zero_even_where_nothing_is_admitted() -> None:
    assert ratio(np.zeros(3), np.array([0.0, 1.0, np.inf])).tolist() == [0, 0, 0]


def test_ratio_counts_in_parts_of_the_bound() -> None:
    assert ratio(np.array([2.0, -2.0, 1.0]), np.array([2.0, 2.0, 4.0])).tolist() == [1, 1, 1 / 4]


def test_any_difference_is_infinitely_far_where_nothing_is_admitted() -> None:
    assert ratio(np.array([1e-300, -1.0]), np.zeros(2)).tolist() == [np.inf, np.inf]


def test_unknown_precision_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match=r"Expected dtype to be one of .*'float46'.* Nearest: .*float64"):
        precision("float46")
