"""Laws of the losses of numbers and of two classes: their scalings, the logarithm of 0, where they are convex."""

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest
import torch.nn.functional as F
from numpy.typing import NDArray

import gradtwin
from reference.losses import sigmoid_squared_error as reference_sigmoid_squared_error
from reference.losses import squared_error as reference_squared_error
from scratch.activations import sigmoid
from scratch.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    l2_penalty,
    sigmoid_squared_error,
    squared_error,
)

Array = NDArray[Any]
ONE = np.array(1.0)
INPUT, TARGET = np.array([0.5, -1.0, 2.0, 0.0]), np.array([0.25, 1.0, -0.5, 3.0])


def _scaled(reduction: str) -> Array:
    """Return the squared error of dyadic numbers and its gradients, which are computed without rounding."""
    gradients = squared_error.backward(ONE, INPUT, TARGET, reduction)
    return np.hstack([squared_error.forward(INPUT, TARGET, reduction), *gradients])


@pytest.mark.parametrize(("reduction", "factor"), [("half_sum", 2), ("mean", 4), ("half_mean", 8)])
def test_l06_the_scalings_differ_by_their_factor_and_nothing_else(reduction: str, factor: int) -> None:
    assert np.array_equal(_scaled("sum"), factor * _scaled(reduction))
    assert not np.array_equal(_scaled("sum"), _scaled(reduction))


def test_l06_the_sum_is_that_of_the_squares() -> None:
    assert squared_error.forward(INPUT, TARGET, "none").tolist() == [0.0625, 4, 6.25, 9]
    assert squared_error.forward(INPUT, TARGET, "sum") == 19.3125


@pytest.mark.parametrize(
    ("taken", "meant", "cause"),
    [
        ("sum", "half_sum", "a constant factor of 2"),
        ("half_mean", "mean", "a constant factor of 1/2"),
        ("sum", "mean", "a sum where the mean is meant"),
        ("half_mean", "half_sum", "a mean where the sum is meant"),
    ],
)
def test_l06_one_scaling_in_the_place_of_another_is_refused_by_name(taken: str, meant: str, cause: str) -> None:
    report = gradtwin.check(
        partial(squared_error.forward, reduction=taken),
        partial(squared_error.backward, reduction=taken),
        twin=partial(reference_squared_error.forward, reduction=meant),
        inputs=lambda rng: [rng.standard_normal((4, 3)), rng.standard_normal((4, 3))],
        dtypes=("float64", "float32"),
        name="scaling",
    )
    assert report.verdict == "mismatch"
    assert all(cause in str(finding.cause) for finding in report.findings)


@pytest.mark.parametrize("alpha", [-0.5, float("nan")])
def test_l09_a_penalty_that_rewards_is_refused(alpha: float) -> None:
    with pytest.raises(ValueError, match="Expected alpha to be at least 0"):
        l2_penalty.forward(INPUT, alpha=alpha)


def _naive(input: Array, target: Array) -> Any:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.mean(-target * np.log(input) - (1 - target) * np.log(1 - input))


@pytest.mark.parametrize(("forward", "verdict"), [(binary_cross_entropy.forward, "match"), (_naive, "mismatch")])
def test_l12_the_logarithm_of_0_is_handled(forward: Callable[..., Any], verdict: str) -> None:
    p, y = np.array([0.0, 1.0, 0.0, 1.0, 0.5]), np.array([0.0, 1.0, 1.0, 0.0, 1.0])
    assert (
        gradtwin.check(forward, twin=F.binary_cross_entropy, inputs=[p, y], dtypes=("float64", "float32")).verdict
        == verdict
    )


def test_l12_an_impossible_event_costs_100_and_a_certain_one_nothing() -> None:
    p, y = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])
    assert binary_cross_entropy.forward(p, y, reduction="none").tolist() == [100, 100, 0, 0]


def _logistic(w: Array, X: Array, y: Array) -> Any:
    return binary_cross_entropy_with_logits.forward(X @ w, y, reduction="sum")


@pytest.mark.parametrize(("sign", "cause"), [(1, None), (-1, "the sign is wrong")])
def test_l12_the_gradient_is_the_data_times_the_error(sign: int, cause: str | None) -> None:
    report = gradtwin.check(
        _logistic,
        lambda grad, w, X, y: grad * X.T @ (sign * (sigmoid.forward(X @ w) - y)),
        twin=lambda w, X, y: F.binary_cross_entropy_with_logits(X @ w, y, reduction="sum"),
        inputs=lambda rng: [rng.standard_normal(3), rng.standard_normal((6, 3)), np.array([0.0, 1, 1, 0, 1, 0])],
        dtypes=("float64", "float32"),
        differentiable=["w"],
        name="logistic regression",
    )
    assert report.verdict == ("match" if cause is None else "mismatch"), report
    assert all(finding.cause == cause for finding in report.findings)


def _bend(k: int) -> Fraction:
    """Return the second difference of the squared error at the logits (k - 1) ln 2, k ln 2 and (k + 1) ln 2, label 1.

    The sigmoid of k ln 2 is 2^k / (1 + 2^k), so nothing is rounded.
    """
    before, here, after = (1 / (1 + Fraction(2) ** j) ** 2 for j in (k - 1, k, k + 1))
    return before - 2 * here + after


def _logistic_bend(k: int) -> Fraction:
    """Return exp of the second difference of the logistic loss ln(1 + 2^-k) at the same logits, less 1."""
    before, here, after = (1 + Fraction(2) ** -j for j in (k - 1, k, k + 1))
    return before * after / here**2 - 1


def test_l13_the_squared_error_bends_down_where_the_unit_is_wrong_and_the_logistic_loss_nowhere() -> None:
    bends = {k: _bend(k) for k in range(-8, 9)}
    assert [k for k, bend in bends.items() if bend < 0] == list(range(-8, -1))
    assert all(_logistic_bend(k) > 0 for k in bends)


def test_l13_the_curvature_by_hand_is_negative_where_the_wrong_label_has_more_than_two_thirds() -> None:
    logits = np.log(2) * np.array([-8.0, -2, -1.25, -0.75, 0, 8])
    for label, x in ((1, logits), (0, -logits)):
        bent = sigmoid_squared_error.curvature(x, np.full(6, label)) < 0
        assert bent.tolist() == [True, True, True, False, False, False]


def test_l13_the_curvature_is_that_of_autograd() -> None:
    report = gradtwin.check(
        sigmoid_squared_error.curvature,
        twin=reference_sigmoid_squared_error.curvature,
        inputs=lambda rng: [3 * rng.standard_normal(30), rng.integers(0, 2, 30)],
        dtypes=("float64", "float32"),
        name="curvature",
    )
    assert report.ok, report
    assert report.tally.controls


def test_l13_a_label_of_a_third_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="labels 0 and 1; got -1"):
        sigmoid_squared_error.forward(INPUT, np.array([0, 1, -1, 1]))
