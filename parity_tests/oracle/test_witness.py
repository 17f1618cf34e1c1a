"""The certified witness: its derivatives, what it refuses to judge, and what it decides in a report."""

import math
from collections.abc import Callable
from typing import Any

import mpmath  # type: ignore[import-untyped]
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from scipy.special import expit

import gradtwin
from gradtwin.core.witness import certified_gradient, certified_outputs
from parity_tests.oracle.disputes import Coarse
from reference.activations import celu as celu_twin
from scratch.activations import celu, gelu, log_softmax

Array = NDArray[Any]
POINTS = np.concatenate([np.linspace(-20, 30, 15), np.random.default_rng(0).standard_normal(15)])
EVERYWHERE = [(i,) for i in range(POINTS.size)]


def _gelu(x: Any) -> Any:
    c = mpmath.mpf(math.sqrt(2))
    return mpmath.erfc(-x / c) / 2 + x * mpmath.exp(-((x / c) ** 2)) / (c * mpmath.sqrt(mpmath.pi))


def _gelu_tanh(x: Any) -> Any:
    root, cubic = mpmath.mpf(gelu.ROOT_2_OVER_PI), mpmath.mpf(gelu.CUBIC)
    share = 1 / (1 + mpmath.exp(-2 * root * x * (1 + cubic * x * x)))
    return share + 2 * x * share * (1 - share) * root * (1 + 3 * cubic * x * x)


def _assert_certified(balls: list[tuple[float, float]] | None, closed: list[Any]) -> None:
    """Assert that the closed form lies in each ball, its middle being rounded to float64, and that balls are tiny."""
    assert balls is not None
    for (value, radius), truth in zip(balls, closed, strict=True):
        assert abs(value - truth) <= radius + 2.0**-53 * abs(truth)
        assert radius < 1e-200


@pytest.mark.parametrize(("approximate", "derivative"), [("none", _gelu), ("tanh", _gelu_tanh)])
def test_derivative_of_gelu_is_the_closed_form_to_the_last_bit(
    approximate: str, derivative: Callable[..., Any]
) -> None:
    balls = certified_gradient(lambda x: gelu.forward(x, approximate), (POINTS,), 0, EVERYWHERE, np.ones(POINTS.size))
    assert balls is not None
    with mpmath.workprec(1000):
        _assert_certified(balls, [derivative(mpmath.mpf(float(x))) for x in POINTS])


def test_derivative_of_log_softmax_is_the_closed_form() -> None:
    cotangent = np.random.default_rng(1).standard_normal(POINTS.size)
    balls = certified_gradient(lambda x: log_softmax.forward(x, dim=0), (POINTS,), 0, EVERYWHERE, cotangent)
    assert balls is not None
    with mpmath.workprec(1000):
        e = [mpmath.exp(mpmath.mpf(float(x))) for x in POINTS]
        g = [mpmath.mpf(float(c)) for c in cotangent]
        _assert_certified(balls, [a - b / sum(e) * sum(g) for a, b in zip(g, e, strict=True)])


def test_the_chosen_input_is_differentiated() -> None:
    x, w = np.array([2.0, 3.0]), np.array([5.0, 7.0])
    balls = certified_gradient(lambda x, w: x * w, (x, w), 1, [(0,), (1,)], np.array([1.0, 10.0]))
    assert balls is not None
    assert [v for v, _ in balls] == [2.0, 30.0]


LEAVES: dict[str, Callable[..., Any]] = {
    "torch": lambda x: torch.sin(torch.from_numpy(x)).numpy(),
    "math": lambda x: np.array([math.sin(v) for v in x]),
    "float": lambda x: np.array([float(v) ** 2 for v in x]),
    "astype": lambda x: expit(x.astype(np.float64)),
    "asarray": lambda x: np.asarray(x, np.float64) ** 2,
    "round": lambda x: np.array([round(float(v), 3) for v in x]) * x,
}


@pytest.mark.parametrize("how", LEAVES)
def test_code_that_leaves_numpy_gets_no_witness(how: str) -> None:
    assert certified_gradient(LEAVES[how], (np.array([0.3, -1.2]),), 0, [(0,), (1,)], np.ones(2)) is None


def _tanh_in_place(x: Any) -> Any:
    h = x + 0.0
    assert np.tanh(h, out=h) is h
    return h


def _exp_where_positive(x: Any) -> Any:
    h = x * 2.0
    np.exp(x, out=h, where=np.asarray(x > 0, bool))
    np.negative(h, out=h)
    return h


WRITTEN: dict[str, tuple[Callable[..., Any], list[float]]] = {
    "all": (_tanh_in_place, [1 - math.tanh(0.3) ** 2, 1 - math.tanh(1.2) ** 2]),
    "a part": (_exp_where_positive, [-math.exp(0.3), -2.0]),
}


@pytest.mark.parametrize("part", WRITTEN)
def test_what_is_written_into_an_array_stays_there(part: str) -> None:
    forward, expected = WRITTEN[part]
    x = np.array([0.3, -1.2])
    outputs = certified_outputs(forward, (x,))
    balls = certified_gradient(forward, (x,), 0, [(0,), (1,)], np.ones(2))
    assert outputs is not None
    assert balls is not None
    assert np.array_equal(outputs[0].astype(np.float32), forward(x).astype(np.float32))
    assert np.array_equal(np.asarray([v for v, _ in balls], np.float32), np.asarray(expected, np.float32))


def test_a_part_written_over_nothing_gets_no_witness() -> None:
    assert certified_outputs(lambda x: np.exp(x, where=np.asarray(x > 0, bool)), (np.array([0.3, -1.2]),)) is None


def test_a_kink_gets_no_witness() -> None:
    def relu(x: Any) -> Any:
        return np.where(x > 0, x, 0)

    assert certified_gradient(relu, (np.array([1.0, 0.0]),), 0, [(1,)], np.ones(2)) is None
    balls = certified_gradient(relu, (np.array([1.0, 0.0]),), 0, [(0,)], np.ones(2))
    assert balls is not None
    assert balls[0][0] == 1


def _judge(factor: float) -> gradtwin.Report:
    return gradtwin.check(
        lambda input: np.sin(input),
        lambda grad, input: grad * np.cos(input) * factor,
        twin=Coarse.apply,
        inputs=lambda rng: (rng.standard_normal((3, 4)),),
        dtypes=("float64",),
        name="sine",
    )


def test_a_suspect_closer_to_the_truth_than_the_twin_is_not_accused() -> None:
    report = _judge(1.0)
    assert report.verdict == "match", report
    assert any("certified closer to the truth than the twin" in note for note in report.notes)


@pytest.mark.parametrize("factor", [1 + 1e-11, 1 - 3e-12, -1.0])
def test_a_suspect_further_from_the_truth_than_a_coarse_twin_is_accused(factor: float) -> None:
    report = _judge(factor)
    assert report.verdict == "mismatch", report
    assert report.findings[0].side == "suspect"
    assert "certified arithmetic finds the suspect further" in str(report)


def test_a_derivative_that_vanishes_beside_its_function_is_certified_with_more_digits() -> None:
    balls = certified_gradient(lambda x: celu.forward(x, 0.3), (np.array([-200.0]),), 0, [(0,)], np.ones(1))
    assert balls is not None
    with mpmath.workprec(1000):
        _assert_certified(balls, [mpmath.exp(mpmath.mpf(-200) / mpmath.mpf(0.3))])
        assert balls[0][1] < 1e-300 < balls[0][0]


@pytest.mark.parametrize("seed", range(5))
def test_a_twin_that_computes_at_a_coarser_precision_does_not_make_the_suspect_imprecise(seed: int) -> None:
    """Torch rounds the alpha of the gradient of CELU to float32."""
    report = gradtwin.check(
        celu.forward,
        celu.backward,
        twin=celu_twin.forward,
        inputs=lambda rng: (rng.standard_normal((5, 7)),),
        options={"alpha": 0.3},
        dtypes=("float64",),
        seed=seed,
    )
    assert report.ok, str(report)
    assert any("certified closer to the truth" in note for note in report.notes)


def test_a_selection_stays_certified() -> None:
    balls = certified_gradient(
        lambda x: np.exp(np.where(x > 0, x, 2 * x)), (np.array([1.0, -1.0]),), 0, [(0,), (1,)], np.ones(2)
    )
    assert balls is not None
    assert [v for v, _ in balls] == [math.exp(1), 2 * math.exp(-2)]


def test_a_right_twin_needs_no_witness() -> None:
    report = gradtwin.check(
        lambda input: np.sin(input),
        lambda grad, input: grad * np.cos(input),
        twin=torch.sin,
        inputs=lambda rng: (rng.standard_normal((3, 4)),),
        dtypes=("float64", "float32"),
        name="sine",
    )
    assert report.ok
    assert not report.notes


def test_numbers_that_cannot_be_told_apart_are_not_compared() -> None:
    def one(x: Array) -> Array:
        return np.where(np.sin(x) ** 2 + np.cos(x) ** 2 <= 1, 5 * x, x)

    def other(x: Array) -> Array:
        return np.where(np.sin(x) ** 2 + np.cos(x) ** 2 > 1, x, 5 * x)

    x = np.array([0.3])
    for function in (one, other):
        assert certified_outputs(function, [x]) is None
        assert certified_gradient(function, [x], 0, [(0,)], np.ones(1)) is None
    assert certified_gradient(lambda x: np.maximum(x, 0) * np.sign(x), [x], 0, [(0,)], np.ones(1)) == [(1.0, 0.0)]
    assert certified_gradient(lambda x: np.sign(x - x) + x, [x], 0, [(0,)], np.ones(1)) == [(1.0, 0.0)]
