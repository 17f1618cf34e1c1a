"""Laws of the softmax classifier, of its case of two classes, and of multi-label regression."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

import gradtwin
from parity_tests.lectures.test_classifiers import FEW, several, tumours, verdict_of
from parity_tests.pairs.data import iris
from reference.linear_models import logistic_regression as reference_logistic
from scratch.linear_models import multilabel_logistic_regression, softmax_regression
from scratch.losses import cross_entropy

Array = NDArray[Any]


def _printed_loss(scores: torch.Tensor, y: torch.Tensor, own: bool = False) -> torch.Tensor:
    """Return the sum of ln(1 + sum_{k != y} exp(f_k - f_y)); with `own`, the wrong one that counts k = y as well."""
    above = torch.exp(scores - scores.gather(1, y[:, None]))
    others = above if own else above * (1 - F.one_hot(y, scores.shape[1]))
    return torch.log1p(others.sum(1)).sum()


@pytest.mark.parametrize(("own", "verdict"), [(False, "match"), (True, "mismatch")])
def test_l16_the_multiclass_logistic_loss_is_the_cross_entropy_of_a_softmax(own: bool, verdict: str) -> None:
    def forward(scores: Array, y: Array, own: bool) -> Any:
        return cross_entropy.forward(scores, y, reduction="sum")

    def backward(grad: Array, scores: Array, y: Array, own: bool) -> Any:
        return cross_entropy.backward(grad, scores, y, reduction="sum").input

    inputs = np.random.default_rng(0).standard_normal((6, 4)), np.array([0, 1, 2, 3, 1, 0])
    report = gradtwin.check(
        forward, backward, twin=_printed_loss, inputs=inputs, dtypes=("float64", "float32"), options={"own": own}
    )
    assert report.verdict == verdict, report


def _printed_descent(X: torch.Tensor, y: torch.Tensor, order: torch.Tensor) -> torch.Tensor:
    """Return W after the lecture's algorithm: row k gets (Pr(k) - 1{k = y}) x' of one sample after the other."""
    W, bias = X.new_zeros(3, X.shape[1]), X.new_zeros(3)
    for n in order.tolist():
        share = torch.softmax(W @ X[n] + bias, 0)
        for k in range(3):
            step = 0.1 * (share[k] - float(k == y[n]))
            W[k], bias[k] = W[k] - step * X[n], bias[k] - step
    return W


@pytest.mark.parametrize(("way", "verdict"), [(1, "match"), (-1, "mismatch")], ids=["in order", "backwards"])
def test_l16_batches_of_one_are_the_lectures_descent(way: int, verdict: str) -> None:
    def fitted(X: Array, y: Array, order: Array) -> Any:
        return softmax_regression.fit(X, y, order[::way, np.newaxis], lr=0.1).weight

    assert verdict_of(fitted, _printed_descent, *iris(), np.arange(3, 150, 40)) == verdict


@pytest.mark.parametrize(
    ("row", "weight_decay", "verdict"), [(1, 0.0, "match"), (1, 0.2, "match"), (0, 0.2, "mismatch")]
)
def test_l17_two_classes_are_logistic_regression_of_the_difference(row: int, weight_decay: float, verdict: str) -> None:
    """Both rows move, so that w moves twice as far; the guaranteed steps and the penalties make up for just that."""

    def fitted(X: Array, y: Array) -> Any:
        W = softmax_regression.fit(X, y, weight_decay=weight_decay, steps=FEW[verdict]).weight
        return W[row] - W[1 - row]

    def twin(X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        weight: torch.Tensor = reference_logistic.fit(X, y, weight_decay=weight_decay / 2, steps=FEW[verdict]).weight
        return weight

    assert verdict_of(fitted, twin, *tumours()) == verdict


@pytest.mark.parametrize(("outputs", "verdict"), [("sum", "match"), ("mean", "mismatch")])
def test_l25_summed_outputs_are_a_logistic_regression_each(outputs: str, verdict: str) -> None:
    def fitted(X: Array, y: Array) -> Any:
        options: dict[str, Any] = {"outputs": outputs, "weight_decay": 0.2, "steps": FEW[verdict]}
        return multilabel_logistic_regression.fit(X, y, **options).weight

    def twin(X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        each = [reference_logistic.fit(X, column, weight_decay=0.2, steps=FEW[verdict]).weight for column in y.T]
        return torch.stack(each)

    X, y = iris()
    assert verdict_of(fitted, twin, X[::3], several(y)[::3, :2]) == verdict


@pytest.mark.parametrize(("outputs", "verdict"), [("mean", "match"), ("sum", "mismatch")])
def test_l25_averaged_outputs_are_the_multilabel_loss_of_torch(outputs: str, verdict: str) -> None:
    def cost(W: Array, b: Array, X: Array, y: Array) -> Any:
        return multilabel_logistic_regression.value_and_grad([W, b], X, y, outputs=outputs)[0]

    def twin(W: torch.Tensor, b: torch.Tensor, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return F.multilabel_soft_margin_loss(F.linear(X, W, b), y)

    rng, (X, y) = np.random.default_rng(0), iris()
    assert verdict_of(cost, twin, rng.standard_normal((3, 4)), rng.standard_normal(3), X, several(y)) == verdict
