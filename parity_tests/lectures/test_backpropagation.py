"""Back-propagation one sample at a time: its sum over the samples, and the order in which weights are overwritten."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from parity_tests.pairs import data
from reference.models import backpropagation as twin
from scratch.models import backpropagation
from scratch.models.backpropagation import ACTIVATIONS
from scratch.optimizers import sgd

Array = NDArray[Any]
SIZES = (5, 6, 4, 3)
NAMES = ("tanh", "sigmoid", "identity")
STEPS = 6
FEW = 3
RATE = 0.1
TINY_RATE = 1e-6


def _start() -> list[Array]:
    rng = np.random.default_rng(0)
    return [rng.standard_normal((n, m)) / m**0.5 for m, n in pairwise(SIZES)]


def _samples() -> tuple[Array, Array]:
    """Return a few flowers of each class, with a column of ones, and their classes as unit vectors."""
    X, y = data.iris()
    rows = np.random.default_rng(1).permutation(len(X))[:STEPS]
    return np.hstack([X, np.ones((len(X), 1))])[rows], np.eye(3)[y][rows]


def _one_by_one(X: Array, Y: Array, *weights: Array) -> Any:
    return sum(backpropagation.value_and_grad(weights, x, y, NAMES)[0] for x, y in zip(X, Y, strict=True))


def _gradients_one_by_one(grad: Array, X: Array, Y: Array, *weights: Array, share: float = 1.0) -> tuple[Array, ...]:
    found = [backpropagation.value_and_grad(weights, x, y, NAMES)[1] for x, y in zip(X, Y, strict=True)]
    return tuple(grad * share * sum(of_samples) for of_samples in zip(*found, strict=True))


def _judge_sum(backward: Callable[..., Any], *dtypes: str) -> gradtwin.Report:
    return gradtwin.check(
        _one_by_one,
        backward,
        twin=lambda X, Y, *weights: twin.loss(weights, X, Y, NAMES),
        inputs=[*(x[:FEW] for x in _samples()), *_start()],
        differentiable=[f"weights[{i}]" for i in range(3)],
        dtypes=dtypes,
        name="sum over the samples",
    )


def test_l31_gradients_of_the_samples_add_up_to_that_of_the_batch() -> None:
    report = _judge_sum(_gradients_one_by_one, "float64", "float32")
    assert report.ok, str(report)
    assert report.tally.controls


def test_l31_their_mean_is_not_that_of_the_sum() -> None:
    report = _judge_sum(lambda *given: _gradients_one_by_one(*given, share=1 / FEW), "float32")
    assert report.verdict == "mismatch"
    assert report.findings[0].cause is not None
    assert "1/3" in report.findings[0].cause


def _from_the_top(params: Sequence[Array], x: Array, y: Array, lr: float) -> Any:
    """Return cost and gradients by the library's code; weights and gradients begin with those of the last layer."""
    cost, grads = backpropagation.value_and_grad(params[::-1], x, y, NAMES)
    return cost, grads[::-1]


def _overwriting(params: Sequence[Array], x: Array, y: Array, lr: float) -> Any:
    """Return the same by code that overwrites each weight once its gradient is known, and passes on the new one."""
    weights, hs = list(params[::-1]), [ACTIVATIONS[name] for name in NAMES]
    before, outputs = backpropagation._layers(weights, hs, x)
    grads, error = [], outputs[-1] - y
    slope = 2 * error
    for i in reversed(range(len(weights))):
        of_a = hs[i].backward(slope, before[i])
        grads.append(np.outer(of_a, outputs[i]))
        weights[i] = weights[i] - lr * grads[-1]
        slope = weights[i].T @ of_a
    return np.sum(error * error), grads


def _train(value_and_grad: Callable[..., Any], lr: float, dtype: str = "float64") -> gradtwin.Report:
    params = dict(zip(("W3", "W2", "W1"), _start()[::-1], strict=True))
    return gradtwin.check_training(
        lambda weights, x, y: value_and_grad(weights, x, y, lr),
        sgd,
        twin=lambda weights, x, y: twin.loss(weights[::-1], x, y, NAMES),
        twin_optimizer=torch.optim.SGD,
        params=params,
        batches=list(zip(*_samples(), strict=True)),
        options={"lr": lr},
        dtypes=(dtype,),
        name="one sample a step",
    )


@pytest.mark.parametrize("lr", [RATE, TINY_RATE])
def test_l32_weights_overwritten_behind_the_gradients_match(lr: float) -> None:
    report = _train(_from_the_top, lr)
    assert report.ok, str(report)
    assert report.tally.controls


@pytest.mark.parametrize("lr", [RATE, TINY_RATE])
def test_l32_a_weight_overwritten_too_early_is_caught_in_the_layer_below_at_the_first_step(lr: float) -> None:
    report = _train(_overwriting, lr)
    assert report.verdict == "mismatch", str(report)
    assert (report.findings[0].quantity, report.findings[0].step) == ("gradient of W2", 0)
    assert report.tally.checks == 3  # the loss and the gradient of W3 are right


def test_l32_a_weight_overwritten_too_early_is_caught_in_float32() -> None:
    report = _train(_overwriting, RATE, "float32")
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "gradient of W2")


def test_l32_a_single_layer_cannot_be_overwritten_too_early() -> None:
    """The mistake needs a layer below: the gradient of the last layer is right whenever its weight is overwritten."""
    (x, *_), (y, *_) = _samples()
    (_, right), (_, wrong) = (f(_start()[::-1], x, y, RATE) for f in (_from_the_top, _overwriting))
    assert [np.array_equal(a, b) for a, b in zip(right, wrong, strict=True)] == [True, False, False]


@pytest.mark.parametrize(
    ("position", "value"),
    [(0, np.nan), (0, np.inf), (1, np.nan), (2, -1)],
    ids=["NaN in X", "infinity in X", "NaN in y", "a negative sample"],
)
def test_l31_data_that_say_nothing_are_refused(position: int, value: float) -> None:
    given = [*_samples(), np.arange(STEPS)]
    given[position][0] = value
    with pytest.raises(ValueError, match="Expected"):
        backpropagation.fit(*given, *_start(), activations=NAMES)
