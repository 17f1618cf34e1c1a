"""The perceptron: what it ends with, after how many mistakes, and what it does where no plane divides the classes."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gradtwin
from reference.linear_models import perceptron as reference_perceptron
from scratch.activations import step
from scratch.linear_models import perceptron

Array = NDArray[Any]
XOR = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 1.0]])
EITHER, BOTH = np.array([0, 1, 1, 0]), np.array([0, 0, 0, 1])


def _separable(seed: int) -> tuple[Array, Array, Array, Array]:
    """Return samples, labels, the unit vector across the plane between them, and an order of visits."""
    rng = np.random.default_rng(seed)
    v = rng.standard_normal(4)
    v /= np.linalg.norm(v)
    X = rng.standard_normal((40, 4))
    X += 0.2 * np.outer(np.sign(X @ v), v)
    return X, (X @ v >= 0).astype(int), v, rng.integers(0, 40, 2000)


@pytest.mark.parametrize("seed", range(5))
def test_l10_a_separable_set_is_learned_within_the_bound_on_mistakes(seed: int) -> None:
    X, y, v, order = _separable(seed)
    fitted = perceptron.fit(X, y, order)
    bound = (np.max(np.linalg.norm(X, axis=1)) / np.min(np.abs(X @ v))) ** 2
    assert fitted.converged
    assert 0 < fitted.mistakes <= bound
    assert np.array_equal(perceptron.predict(fitted, X), y)


def test_l10_the_bound_is_broken_where_the_classes_are_not_apart() -> None:
    X, _, v, order = _separable(0)
    fitted = perceptron.fit(X, np.arange(40) % 2, order)
    assert not fitted.converged
    assert fitted.mistakes > (np.max(np.linalg.norm(X, axis=1)) / np.min(np.abs(X @ v))) ** 2


def test_l10_nothing_is_learned_after_all_are_right() -> None:
    X, y, _, order = _separable(0)
    whole, further = (perceptron.fit(X, y, o) for o in (order, np.concatenate([order, order[::-1]])))
    assert np.array_equal(whole.weight, further.weight)
    assert whole.mistakes == further.mistakes


def test_l10_the_unit_is_the_step_that_is_1_at_0() -> None:
    X = np.random.default_rng(0).integers(-2, 3, (30, 3)).astype(float)
    fitted = perceptron.Fitted(np.array([1.0, -1.0, 2.0]), 0, True)
    scores = X @ fitted.weight
    assert np.array_equal(perceptron.predict(fitted, X), step.forward(scores, np.array(1.0)))
    assert np.any(scores == 0)


def _errors(fitted: perceptron.Fitted, y: Array) -> int:
    return int(np.sum(perceptron.predict(fitted, XOR) != y))


def test_l10_without_a_dividing_plane_the_best_weight_so_far_is_kept() -> None:
    order = np.random.default_rng(0).integers(0, 4, 60)
    ends = [perceptron.fit(XOR, EITHER, order[:n]) for n in range(61)]
    errors = [_errors(fitted, EITHER) for fitted in ends]
    assert not any(fitted.converged for fitted in ends)
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == 1
    assert ends[-1].mistakes > ends[30].mistakes


def test_l10_before_any_visit_every_sample_counts_as_1() -> None:
    fitted = perceptron.fit(XOR, BOTH, np.array([], int))
    assert (fitted.weight.tolist(), fitted.mistakes, fitted.converged) == ([0.0, 0.0, 0.0], 0, False)
    assert perceptron.predict(fitted, XOR).tolist() == [1, 1, 1, 1]


def _learning(*, at_0: bool = True, pocket: bool = True, rate: int = 1) -> Any:
    """Return the perceptron, or one that calls a score of 0 a 0, keeps the last weight, or takes longer steps."""

    def unit(scores: Any) -> Any:
        return scores >= 0 if at_0 else scores > 0

    def fit(X: Array, y: Array, order: Array) -> perceptron.Fitted:
        weights = [np.zeros(X.shape[1])]
        for i in order:
            if np.any(unit(X @ weights[-1]) != y) and unit(X[i] @ weights[-1]) != y[i]:
                weights.append(weights[-1] + rate * (2 * y[i] - 1) * X[i])
        errors = [int(np.sum(unit(X @ w) != y)) for w in weights]
        return perceptron.Fitted(weights[np.argmin(errors) if pocket else -1], len(weights) - 1, 0 in errors)

    return SimpleNamespace(fit=fit, predict=perceptron.predict)


@pytest.mark.parametrize(
    ("wrong", "y", "verdicts"),
    [
        ({}, EITHER, set()),
        ({}, BOTH, set()),
        ({"pocket": False}, EITHER, {"mismatch"}),
        ({"at_0": False}, BOTH, {"mismatch"}),
        ({"rate": 2}, BOTH, {"mismatch"}),
    ],
)
def test_l10_another_rule_is_refused(wrong: dict[str, Any], y: Array, verdicts: set[str]) -> None:
    inputs = (XOR, y, np.random.default_rng(0).integers(0, 4, 60), XOR)
    model, twin = _learning(**wrong), reference_perceptron
    report = gradtwin.check_estimator(
        model, twin=twin, inputs=inputs, exact=True, dtypes=("float64",), name="perceptron"
    )
    assert {finding.verdict for finding in report.findings} == verdicts, report
