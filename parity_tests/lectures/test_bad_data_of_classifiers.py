"""What the classifiers refuse: each call raises a ValueError that tells the argument, what it should be and is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from scratch.linear_models import (
    logistic_regression,
    multilabel_logistic_regression,
    newton_logistic_regression,
    softmax_regression,
)

Array = NDArray[Any]
X = np.array([[0.0, 1.0], [1.0, 0.5], [2.0, -1.0], [0.5, 0.5], [1.5, 2.0]])
TWO = np.array([0, 1, 0, 1, 1])
THREE = np.array([0, 1, 2, 1, 0])
OUTPUTS = np.stack([TWO, 1 - TWO], axis=1)
MODELS = {
    "logistic": (logistic_regression, TWO),
    "newton": (newton_logistic_regression, TWO),
    "softmax": (softmax_regression, THREE),
    "multilabel": (multilabel_logistic_regression, OUTPUTS),
}
DESCENT = [name for name in MODELS if name != "newton"]


def _with(x: float) -> Array:
    spoilt = X.copy()
    spoilt[2, 1] = x
    return spoilt


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (_with(np.nan), {}, "Expected X to hold finite numbers; got nan"),
        (_with(np.inf), {}, "Expected X to hold finite numbers; got inf"),
        (X[0], {}, r"Expected X to be a matrix of floating numbers; got float64 of shape \(2,\)"),
        (X[1:], {}, "Expected y to have 4 labels, one for each row of X; got 5"),
        (X, {"reduction": "none"}, "Expected reduction to be one of 'mean', 'sum'; got 'none'"),
        (X, {"weight_decay": -1.0}, r"Expected weight_decay to be at least 0; got -1\.0"),
    ],
)
def test_l11_l16_l25_bad_data_and_options_are_refused(name: str, data: Array, options: Any, said: str) -> None:
    model, y = MODELS[name]
    with pytest.raises(ValueError, match=said):
        model.fit(data, y, **options)
    assert np.all(np.isfinite(model.fit(X, y, weight_decay=0.1).weight))


@pytest.mark.parametrize("name", DESCENT)
@pytest.mark.parametrize(
    ("batches", "options", "said"),
    [
        (None, {"lr": -0.1}, r"Expected lr to be at least 0; got -0\.1"),
        (np.array([[0]]), {}, "Expected lr to be given with batches, whose steps need not descend; got None"),
        (np.array([[5]]), {"lr": 0.1}, r"Expected batches to be \(steps, k\), rows from 0 to 4; got"),
        (np.array([[-1]]), {"lr": 0.1}, r"Expected batches to be \(steps, k\), rows from 0 to 4; got"),
        (np.array([0, 1]), {"lr": 0.1}, r"Expected batches to be \(steps, k\), rows from 0 to 4; got"),
        (np.array([[0.0]]), {"lr": 0.1}, r"Expected batches to be \(steps, k\), rows from 0 to 4; got"),
    ],
)
def test_l11_l16_l25_bad_batches_are_refused(name: str, batches: Any, options: Any, said: str) -> None:
    model, y = MODELS[name]
    with pytest.raises(ValueError, match=said):
        model.fit(X, y, batches, **options)
    model.fit(X, y, np.array([[0], [4]]), lr=0.1)


@pytest.mark.parametrize(
    ("name", "y", "options", "said"),
    [
        ("logistic", THREE, {}, r"Expected y to be \(N,\), of the labels 0 and 1; got 2"),
        ("logistic", TWO, {"labels": (-1, 1)}, r"Expected y to be \(N,\), of the labels -1 and 1; got 0"),
        ("logistic", TWO, {"labels": (1, 2)}, r"Expected labels to be one of \(0, 1\), \(-1, 1\); got \(1, 2\)"),
        ("logistic", np.ones(5, int), {}, r"Expected y to hold both labels, 0 and 1; got only \[1\]"),
        ("logistic", -np.ones(5), {"labels": (-1, 1)}, r"Expected y to hold both labels, -1 and 1; got only \[-1.\]"),
        ("logistic", np.where(TWO, np.nan, 0), {}, r"Expected y to be \(N,\), of the labels 0 and 1; got nan"),
        ("logistic", OUTPUTS, {}, r"Expected y to be \(N,\), of the labels 0 and 1; got shape \(5, 2\)"),
        ("newton", THREE, {}, r"Expected y to be \(N,\), of the labels 0 and 1; got 2"),
        ("newton", np.zeros(5, int), {}, r"Expected y to hold both labels, 0 and 1; got only \[0\]"),
        ("softmax", np.zeros(5, int), {}, r"Expected y to hold every class from 0 to C - 1, at least two; got \[0\]"),
        ("softmax", 2 * TWO, {}, r"Expected y to hold every class from 0 to C - 1, at least two; got \[0, 2\]"),
        ("softmax", THREE - 1, {}, r"Expected y to hold every class from 0 to C - 1, at least two; got \[-1, 0, 1\]"),
        ("softmax", THREE + 0.5, {}, r"Expected y to be \(N,\), of integers; got float64 of shape \(5,\)"),
        ("multilabel", OUTPUTS * 2, {}, r"Expected y to be \(N, C\), of the labels 0 and 1; got 2"),
        ("multilabel", TWO, {}, r"Expected y to be \(N, C\), of the labels 0 and 1; got shape \(5,\)"),
        ("multilabel", OUTPUTS * [1, 0], {}, "Expected y to hold both labels in every column; got only 0 in column 1"),
        ("multilabel", OUTPUTS, {"outputs": "none"}, "Expected outputs to be one of 'mean', 'sum'; got 'none'"),
    ],
)
def test_l11_l16_l25_labels_of_another_kind_or_of_one_class_are_refused(
    name: str, y: Array, options: Any, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        MODELS[name][0].fit(X, y, **options)


def test_l11_newton_refuses_dependent_columns_unless_they_are_penalized() -> None:
    twice = np.column_stack([X, X[:, 0]])
    with pytest.raises(ValueError, match="Expected X to have independent columns; got 4 of rank 3"):
        newton_logistic_regression.fit(twice, TWO)
    weight = newton_logistic_regression.fit(twice, TWO, weight_decay=0.1).weight
    assert np.all(np.isfinite(weight))
