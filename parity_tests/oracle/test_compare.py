"""Comparing one array: which differences are refused, how they are measured, and that the controls fire."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gradtwin.core.bound import PRECISIONS
from gradtwin.core.carrier import rounded
from gradtwin.core.controls import Alterations, Controls, altered_copies, tried
from gradtwin.core.hold import Excuse, difference
from gradtwin.core.report import Finding
from gradtwin.core.truth import Expectation, ratios

Array = NDArray[Any]
VALUES = np.random.default_rng(0).standard_normal((5, 5))


def _expect(
    truth: Any, dtype: str = "float64", spread: Any = 0.0, native: Any = None, exact: bool = False
) -> Expectation:
    truth = np.asarray(truth, np.float64)
    cast = rounded(truth, PRECISIONS[dtype])
    return Expectation(
        truth,
        np.broadcast_to(spread, truth.shape),
        cast if native is None else np.asarray(native),
        PRECISIONS[dtype],
        exact,
    )


def _compare(got: Any, e: Expectation) -> Finding | None:
    return difference("output", np.asarray(got), e, ratios(np.asarray(got), e))


@pytest.mark.parametrize(
    ("got", "truth", "accepted"),
    [
        (np.nan, np.nan, True),
        (np.inf, np.inf, True),
        (-np.inf, -np.inf, True),
        (np.nan, 1.0, False),
        (1.0, np.nan, False),
        (np.inf, 1.0, False),
        (1e308, np.inf, False),
        (np.inf, -np.inf, False),
        (np.nan, np.inf, False),
        (0.0, np.nan, False),
    ],
)
def test_what_is_not_finite_must_fall_on_the_same_places(got: float, truth: float, accepted: bool) -> None:
    finding = _compare([0.5, got], _expect([0.5, truth]))
    assert (finding is None) is accepted
    if finding is not None:
        assert (finding.verdict, finding.index, finding.ratio) == ("mismatch", (1,), np.inf)


@pytest.mark.parametrize(
    ("got", "truth", "accepted"),
    [(np.inf, 1e5, True), (-np.inf, -1e5, True), (-np.inf, 1e5, False), (np.inf, 6e4, False), (65504.0, 1e5, False)],
)
def test_a_truth_beyond_the_largest_number_must_overflow(got: float, truth: float, accepted: bool) -> None:
    assert (_compare(np.float16(got), _expect(truth, "float16")) is None) is accepted


def test_what_the_twin_itself_cannot_represent_is_excused() -> None:
    e = _expect([1.0, 2.0], native=[np.nan, 2.0])
    assert _compare([np.nan, 2.0], e) is None
    assert _compare([1.0, 2.0], e) is None
    assert _compare([1.0, np.nan], e) is not None


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_the_bound_itself_is_accepted_and_a_little_more_is_not(dtype: str) -> None:
    e = _expect(VALUES, dtype, spread=1e-2)
    assert _compare(VALUES + 0.999 * e.bound, e) is None
    finding = _compare(VALUES + 1.01 * e.bound, e)
    assert finding is not None
    assert finding.wrong == finding.total == 25


@pytest.mark.parametrize("truth", [1.0, 0.75, -0.75, 3.0, 1e-20, 1e-30])
def test_ulps_count_the_numbers_between(truth: float) -> None:
    truth = float(np.float32(truth))
    got = np.float32(truth)
    for _ in range(100):
        got = np.nextafter(got, np.float32(4 * truth))
    finding = _compare(got, _expect(truth, "float32"))
    assert finding is not None
    assert finding.ulps == 100


def test_the_worst_element_is_named() -> None:
    got = VALUES.copy()
    got[1, 2] += 1e-9
    got[4, 0] += 1.0
    finding = _compare(got, _expect(VALUES))
    assert finding is not None
    assert (finding.index, finding.wrong, finding.total) == ((4, 0), 2, 25)
    assert (finding.expected, finding.got) == (VALUES[4, 0], got[4, 0])
    assert finding.ratio == ratios(got, _expect(VALUES))[4, 0] > 1


def test_an_excuse_is_asked_for_only_after_a_difference() -> None:
    e = _expect(VALUES)

    def never(e: Expectation, outside: Array) -> Excuse | None:
        raise AssertionError("asked without a difference")

    assert difference("output", VALUES, e, ratios(VALUES, e), never) is None


@pytest.mark.parametrize(("excuse", "verdict"), [(None, "mismatch"), (Excuse("unstable", "digits"), "unstable")])
def test_an_excuse_tells_unstable_from_mismatch(excuse: Excuse | None, verdict: str) -> None:
    got, e = VALUES + 1e-6, _expect(VALUES)
    finding = difference("output", got, e, ratios(got, e), lambda e, outside: excuse)
    assert finding is not None
    assert finding.verdict == verdict


@pytest.mark.parametrize(("inside", "bits"), [("float32", 24)])
def test_values_of_a_coarser_format_are_imprecise(inside: str, bits: int) -> None:
    finding = _compare(VALUES.astype(inside).astype(np.float64), _expect(VALUES))
    assert finding is not None
    assert finding.verdict == "imprecise"
    assert finding.bits is not None
    assert bits - 1 < finding.bits < bits + 3


@pytest.mark.parametrize("share", [1e-3, 3e-2])
def test_a_wrong_term_of_both_signs_is_no_coarser_format(share: float) -> None:
    truth = np.random.default_rng(1).standard_normal(500)
    wrong = truth * (1 + share * np.random.default_rng(2).standard_normal(500))
    finding = _compare(wrong, _expect(truth))
    assert finding is not None
    assert finding.verdict == "mismatch"


def test_exact_comparison_admits_nothing() -> None:
    assert _compare(VALUES, _expect(VALUES, spread=1.0, exact=True)) is None
    finding = _compare(np.nextafter(VALUES, np.inf), _expect(VALUES, spread=1.0, exact=True))
    assert finding is not None
    assert finding.verdict == "mismatch"


def test_widening_takes_the_larger_spread() -> None:
    e = _expect([1.0, 1.0], spread=np.array([1.0, 3.0])).widened(np.array([2.0, 2.0]))
    assert e.spread.tolist() == [2.0, 3.0]


CONTROLS = {
    "zeros",
    "opposite sign",
    "times 2",
    "times 1/2",
    "mean for sum over 25",
    "permuted",
    "transposed",
    "one element by 4 bounds",
}


def test_every_control_is_tried_on_a_healthy_result_and_refused() -> None:
    e = _expect(VALUES, spread=1e-15)
    assert {name for name, _ in altered_copies(e, Controls(25))} == CONTROLS
    assert set(tried(e, Controls(25)).refused) == CONTROLS
    assert tried(e, Controls(25)).telling


def test_every_control_slips_on_a_worthless_result() -> None:
    copies = tried(_expect(VALUES, spread=1e3), Controls(25))
    assert copies.refused == ("one element by 4 bounds",)
    assert copies.passed == ()  # where zeros would pass no other copy says more
    assert not copies.telling


@pytest.mark.parametrize("dtype", PRECISIONS)
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, -2.0, 3.0, 100.0])
def test_every_control_of_an_exact_comparison_is_refused(value: float, dtype: str) -> None:
    values = np.array([1.0, value, 2.0])
    copies = tried(_expect(values, dtype, exact=True), Controls(3))
    assert copies.refused
    assert not copies.passed


def test_a_copy_that_does_not_differ_is_no_control() -> None:
    symmetric = VALUES + VALUES.T
    names = {name for name, _ in altered_copies(_expect(symmetric), Controls(25))}
    assert names == CONTROLS - {"transposed"}
    assert "transposed" not in {name for name, _ in altered_copies(_expect(VALUES[:3]), Controls(25))}


@pytest.mark.parametrize(
    ("terms", "dtype", "is_tried"), [(5, "float32", True), (5, "float16", True), (200, "float16", False)]
)
def test_a_term_is_dropped_where_that_can_be_seen(terms: int, dtype: str, is_tried: bool) -> None:
    copies = dict(altered_copies(_expect(VALUES, dtype), Controls(25, terms=terms)))
    assert (f"one of {terms} terms dropped" in copies) is is_tried


def test_copies_are_made_of_the_truth_as_the_precision_can_hold_it() -> None:
    copies = tried(_expect([1e5, -1e6], "float16"), Controls(2))
    assert not copies.telling  # all of it overflows: no size can be told from another
    assert copies.refused == ("zeros where it is not finite", "one element by 4 bounds")


def test_controls_of_an_update_alter_the_way_that_a_parameter_came() -> None:
    origin = 1e6 * VALUES
    e = _expect(origin + VALUES)
    copies = dict(altered_copies(e, Controls(25, origin)))
    assert copies["zeros"].tolist() == origin.tolist()
    assert tried(e, Controls(25, origin)).passed == ()
    assert not tried(replace(e, spread=np.full(VALUES.shape, 1e3)), Controls(25, origin)).telling


def test_an_empty_result_has_no_control() -> None:
    empty = np.zeros((0, 3))
    assert tried(_expect(empty), Controls(1)) == Alterations()
    assert _compare(empty, _expect(empty)) is None


def test_a_result_that_is_not_finite_has_a_control_of_its_own() -> None:
    nowhere = np.full((2, 3), np.nan)
    assert [name for name, _ in altered_copies(_expect(nowhere), Controls(6))] == ["zeros where it is not finite"]
    assert tried(_expect(nowhere), Controls(6)) == Alterations(("zeros where it is not finite",))
