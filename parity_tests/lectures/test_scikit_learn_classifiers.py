"""scikit-learn as one more witness: its optimum is no better than ours, and predicts the same.

scikit-learn minimizes C sum l + |w|^2 / 2, without the bias: `reduction` "sum" with weight_decay = 1 / C, times C.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier

from parity_tests.pairs.data import breast_cancer, iris, reviews
from scratch.linear_models import (
    multilabel_logistic_regression,
    newton_logistic_regression,
    softmax_regression,
)
from scratch.linear_models.logistic_regression import value_and_grad

Array = NDArray[Any]
C = 0.5
SUMMED: dict[str, Any] = {"reduction": "sum", "weight_decay": 1 / C}


class Fit(NamedTuple):
    """The weights of both, their costs, what they predict of the data, and the norm of our last gradient."""

    ours: Array
    theirs: Array
    cost: float
    their_cost: float
    predicted: Array
    their_predictions: Array
    gradient_norm: float


def _tumours() -> tuple[Array, Array]:
    X, y = breast_cancer()
    return X[:, :10], y


def _labelled_flowers() -> tuple[Array, Array]:
    X, y = iris()
    return X[:, [0, 2, 3]], np.stack([y > 0, y == 2, X[:, 1] > 0], axis=1).astype(int)


def _logistic(X: Array, y: Array) -> Fit:
    theirs = LogisticRegression(C=C).fit(X, y)
    ours = newton_logistic_regression.fit(X, y, **SUMMED)
    cost, _ = value_and_grad([theirs.coef_[0], theirs.intercept_[0]], X, y, **SUMMED)
    return _compared(newton_logistic_regression, ours, X, theirs.coef_[0], cost, theirs.predict(X))


def _softmax(X: Array, y: Array) -> Fit:
    theirs = LogisticRegression(C=C).fit(X, y)
    ours = softmax_regression.fit(X, y, **SUMMED, steps=1500)
    cost, _ = softmax_regression.value_and_grad([theirs.coef_, theirs.intercept_], X, y, **SUMMED)
    return _compared(softmax_regression, ours, X, theirs.coef_, cost, theirs.predict(X))


def _multilabel(X: Array, y: Array) -> Fit:
    theirs = OneVsRestClassifier(LogisticRegression(C=C)).fit(X, y)
    weight = np.stack([each.coef_[0] for each in theirs.estimators_])
    bias = np.array([each.intercept_[0] for each in theirs.estimators_])
    ours = multilabel_logistic_regression.fit(X, y, **SUMMED, steps=1000)
    cost, _ = multilabel_logistic_regression.value_and_grad([weight, bias], X, y, **SUMMED)
    return _compared(multilabel_logistic_regression, ours, X, weight, cost, theirs.predict(X))


def _compared(model: Any, ours: Any, X: Array, weight: Array, cost: Any, predictions: Array) -> Fit:
    predicted = model.predict(ours, X)
    return Fit(ours.weight, weight, float(ours.cost), float(cost), predicted, predictions, float(ours.gradient_norm))


FITS: dict[tuple[str, str], Callable[[], Fit]] = {
    ("newton_logistic_regression", "iris, two classes"): lambda: _logistic(iris()[0][50:], iris()[1][50:] - 1),
    ("newton_logistic_regression", "breast cancer"): lambda: _logistic(*_tumours()),
    ("newton_logistic_regression", "reviews"): lambda: _logistic(*reviews()),
    ("softmax_regression", "iris"): lambda: _softmax(*iris()),
    ("multilabel_logistic_regression", "iris, three labels"): lambda: _multilabel(*_labelled_flowers()),
}


def differences() -> Iterator[tuple[str, str, float, int, int]]:
    """Yield model, data, the largest difference of weights, how many predictions differ, and of how many."""
    for (model, data), fit in FITS.items():
        found = fit()
        differ = int(np.count_nonzero(found.predicted != found.their_predictions))
        yield model, data, float(np.max(np.abs(found.ours - found.theirs))), differ, found.predicted.size


@pytest.mark.parametrize(("model", "data"), FITS)
def test_l11_l16_l25_the_optimum_of_scikit_learn_is_no_better_and_predicts_the_same(model: str, data: str) -> None:
    found = FITS[model, data]()
    assert found.cost <= found.their_cost
    assert np.array_equal(found.predicted, found.their_predictions)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_l11_another_penalty_than_1_over_c_is_seen(factor: float) -> None:
    X, y = _tumours()
    theirs = LogisticRegression(C=C).fit(X, y)
    other = newton_logistic_regression.fit(X, y, reduction="sum", weight_decay=factor / C)
    cost, _ = value_and_grad([other.weight, other.bias], X, y, **SUMMED)
    theirs_cost, _ = value_and_grad([theirs.coef_[0], theirs.intercept_[0]], X, y, **SUMMED)
    assert cost > theirs_cost
