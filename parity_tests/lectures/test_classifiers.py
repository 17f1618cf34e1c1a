"""Laws of logistic regression, and of the step size of all classifiers by likelihood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import expit

import gradtwin
from parity_tests.pairs.data import breast_cancer, iris
from reference.linear_models import logistic_regression as reference_logistic
from scratch.linear_models import (
    logistic_regression,
    multilabel_logistic_regression,
    newton_logistic_regression,
    softmax_regression,
)
from scratch.losses import binary_cross_entropy, binary_cross_entropy_with_logits

Array = NDArray[Any]
STEPS = 5
FEW = {"match": 2, "mismatch": 1}
"""Steps by the verdict that is due: a mismatch is slow to judge, and shows at once."""


def tumours(rows: int = 60) -> tuple[Array, Array]:
    X, y = breast_cancer()
    return X[:rows, :4], y[:rows]


def several(y: Array) -> Array:
    """Return three labels a flower: whether it is of each species."""
    return np.eye(3, dtype=int)[y]


def verdict_of(forward: Callable[..., Any], twin: Callable[..., Any], *inputs: Any, **how: Any) -> str:
    report = gradtwin.check(forward, twin=twin, inputs=inputs, dtypes=("float64",), name="law", **how)
    assert report.tally.controls or not report.ok
    return report.verdict


def _costs(model: Any, data: tuple[Array, Array], **options: Any) -> list[float]:
    """Return the cost of all rows before every step and after the last."""
    return [float(model.fit(*data, steps=n, **options).cost) for n in range(STEPS + 1)]


def _largest_slope(X: Array) -> float:
    """Return the largest eigenvalue of A'A, A the matrix and a column of ones."""
    A = np.column_stack([X, np.ones(len(X))])
    return float(np.linalg.eigvalsh(A.T @ A)[-1])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.5])
@pytest.mark.parametrize(
    ("model", "data", "curvature"),
    [
        (logistic_regression, tumours(), 1 / 4),
        (softmax_regression, iris(), 1 / 2),
        (multilabel_logistic_regression, (iris()[0], several(iris()[1])), 1 / 4),
    ],
    ids=["logistic", "softmax", "multilabel"],
)
def test_l11_l16_l25_the_default_step_descends_and_a_large_one_does_not(
    model: Any, data: tuple[Array, Array], curvature: float, reduction: str, weight_decay: float
) -> None:
    options = {"reduction": reduction, "weight_decay": weight_decay}
    assert np.all(np.diff(_costs(model, data, **options)) < 0)
    samples = len(data[0]) if reduction == "mean" else 1
    step = 1 / (curvature * _largest_slope(data[0]) / samples + weight_decay)
    assert np.any(np.diff(_costs(model, data, **options, lr=20 * step)) > 0)


@pytest.mark.parametrize(
    ("model", "y", "decided"),
    [
        (logistic_regression, [0, 1, 0], [1, 1, 1]),
        (newton_logistic_regression, [0, 1, 0], [1, 1, 1]),
        (softmax_regression, [0, 1, 2], [0, 0, 0]),
        (multilabel_logistic_regression, [[0], [1], [0]], [[1], [1], [1]]),
    ],
    ids=["logistic", "newton", "softmax", "multilabel"],
)
def test_l11_l16_l25_a_tie_goes_to_1_and_to_the_first_class(model: Any, y: Any, decided: Any) -> None:
    X = np.array([[1.0], [2.0], [4.0]])
    assert model.predict(model.fit(X, np.array(y), steps=0), X).tolist() == decided


@pytest.mark.parametrize(("sign", "verdict"), [(1, "match"), (-1, "mismatch")])
def test_l11_the_two_kinds_of_labels_give_one_model(sign: int, verdict: str) -> None:
    def fitted(X: Array, y: Array) -> Any:
        return logistic_regression.fit(X, sign * (2 * y - 1), labels=(-1, 1), steps=FEW[verdict]).weight

    def twin(X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        weight: torch.Tensor = reference_logistic.fit(X, y, steps=FEW[verdict]).weight
        return weight

    assert verdict_of(fitted, twin, *tumours()) == verdict


def test_l11_separable_classes_have_no_optimum_and_the_fit_says_so() -> None:
    X, y = iris()
    fits = [logistic_regression.fit(X, (y == 0).astype(int), steps=n) for n in (10, 100, 1000)]
    assert np.all(np.diff([np.linalg.norm(f.weight) for f in fits]) > 0)
    assert np.all(np.diff([f.cost for f in fits]) < 0)
    newton = newton_logistic_regression.fit(X, (y == 0).astype(int))
    assert all(f.separated for f in (*fits, newton))
    assert not logistic_regression.fit(X, (y == 1).astype(int), steps=100).separated


def test_l11_newton_squares_the_error_at_every_step() -> None:
    norms = [
        float(newton_logistic_regression.fit(*tumours(), weight_decay=0.01, steps=n).gradient_norm) for n in (4, 5, 6)
    ]
    assert norms[1] < norms[0] ** 1.5
    assert norms[2] < norms[1] ** 1.5
    descent = logistic_regression.fit(*tumours(), weight_decay=0.01, steps=50)
    assert newton_logistic_regression.fit(*tumours(), weight_decay=0.01).cost < descent.cost


def test_l12_the_gradient_is_x_transposed_times_sigmoid_minus_label() -> None:
    def cost(w: Array, X: Array, y: Array, sign: int) -> Any:
        return binary_cross_entropy_with_logits.forward(X @ w, y, reduction="sum")

    def slope(grad: Array, w: Array, X: Array, y: Array, sign: int) -> Any:
        return grad * (X.T @ (expit(X @ w) - sign * y))

    def twin(w: torch.Tensor, X: torch.Tensor, y: torch.Tensor, sign: int) -> torch.Tensor:
        return F.binary_cross_entropy(torch.sigmoid(X @ w), y, reduction="sum")

    X, y = tumours()
    given: list[Any] = [np.array([0.5, -1.0, 0.25, 2.0]), X, y.astype(float)]
    for sign, verdict in ((1, "match"), (-1, "mismatch")):
        how: dict[str, Any] = {"differentiable": ["w"], "options": {"sign": sign}}
        report = gradtwin.check(cost, slope, twin=twin, inputs=given, dtypes=("float64",), **how)
        assert report.verdict == verdict, report


def test_l12_the_logarithm_of_0_is_handled_on_probabilities_and_on_logits() -> None:
    sure = np.array([0.0, 1.0]), np.array([1.0, 0.0])
    assert binary_cross_entropy.forward(*sure, reduction="none").tolist() == [100.0, 100.0]
    logits = np.array([-1000.0, 1000.0]), np.array([1.0, 0.0])
    assert binary_cross_entropy_with_logits.forward(*logits, reduction="none").tolist() == [1000.0, 1000.0]
