"""Laws of the softmax and the losses of several classes: what bounds them, what they bound, which of them are one."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import gradtwin
from scratch.activations import logsumexp, softmax
from scratch.losses import binary_cross_entropy_with_logits, cross_entropy, multiclass_logistic_loss

Array = NDArray[Any]
ONE = np.array(1.0)
SCORES = st.lists(st.integers(-400, 400).map(lambda n: n / 8), min_size=1, max_size=6).map(np.array)
"""Dyadic, so that two scores are equal or clearly apart."""


@given(SCORES)
def test_l14_logsumexp_lies_between_the_largest_and_that_plus_log_c(x: Array) -> None:
    """Rounding keeps the order of numbers, so the rounded ones obey the bounds as they stand."""
    assert np.max(x) <= logsumexp.forward(x, 0) <= np.max(x) + np.log1p(len(x) - 1)


def test_l14_both_bounds_are_attained() -> None:
    assert logsumexp.forward(np.array([7.0, -1000.0, -1000.0]), 0) == 7
    assert logsumexp.forward(np.array([7.0, 7.0, 7.0]), 0) == 7 + np.log1p(2)


def test_l14_the_printed_softmax_is_cut_to_three_digits_and_not_rounded() -> None:
    y = softmax.forward(np.array([1.0, 2, 3, 2, 1]), 0)
    digits = np.array([1e4, 1e3, 1e3, 1e3, 1e4]) * y
    assert np.floor(digits).tolist() == [674, 183, 498, 183, 674]
    assert np.rint(digits).tolist() == [675, 183, 498, 183, 675]


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_l15_a_class_and_its_one_hot_row_are_one_target(reduction: str) -> None:
    rng = np.random.default_rng(0)
    z, classes = rng.standard_normal((6, 4)), rng.integers(0, 4, 6)

    def judged(target: Array) -> Any:
        loss = cross_entropy.forward(z, target, reduction=reduction)
        return np.hstack([loss, cross_entropy.backward(np.ones_like(loss), z, target, reduction=reduction).input.flat])

    assert np.array_equal(judged(classes), judged(np.eye(4)[classes]))
    assert not np.array_equal(judged(classes), judged(np.eye(4)[classes - 1]))


def _one_hot(rng: np.random.Generator) -> Array:
    return np.eye(4)[rng.integers(0, 4, 6)]


def _distributions(rng: np.random.Generator) -> Array:
    return rng.dirichlet(np.ones(4), 6)


@pytest.mark.parametrize("targets", [_one_hot, _distributions])
@pytest.mark.parametrize(("sign", "cause"), [(1, None), (-1, "the sign is wrong")])
def test_l15_the_gradient_is_softmax_less_target(targets: Any, sign: int, cause: str | None) -> None:
    report = gradtwin.check(
        partial(cross_entropy.forward, reduction="sum"),
        lambda grad, input, target: grad * sign * (softmax.forward(input, -1) - target),
        twin=partial(F.cross_entropy, reduction="sum"),
        inputs=lambda rng: [rng.standard_normal((6, 4)), targets(rng)],
        dtypes=("float64", "float32"),
        differentiable=["input"],
        name="softmax less target",
    )
    assert report.verdict == ("match" if cause is None else "mismatch"), report
    assert all(finding.cause == cause for finding in report.findings)


class _Weights(NamedTuple):
    w1: Array
    w2: Array


def _sigmoid_view(sign: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the loss of a logistic unit with w = w_1 - w_2 that is 1 for the first class, and its gradients."""

    def forward(w1: Array, w2: Array, X: Array, y: Array) -> Any:
        return binary_cross_entropy_with_logits.forward(X @ (sign * (w1 - w2)), (1 - y).astype(X.dtype))

    def backward(grad: Array, w1: Array, w2: Array, X: Array, y: Array) -> _Weights:
        logits, target = X @ (sign * (w1 - w2)), (1 - y).astype(X.dtype)
        slope = sign * X.T @ binary_cross_entropy_with_logits.backward(grad, logits, target).input
        return _Weights(slope, -slope)

    return forward, backward


def _softmax_view(w1: torch.Tensor, w2: torch.Tensor, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(X @ torch.stack([w1, w2], dim=1), y)


@pytest.mark.parametrize(("sign", "verdict"), [(1, "match"), (-1, "mismatch")])
def test_l17_two_classes_are_one_logistic_unit_with_the_difference_of_the_weights(sign: int, verdict: str) -> None:
    report = gradtwin.check(
        *_sigmoid_view(sign),
        twin=_softmax_view,
        inputs=lambda rng: [*rng.standard_normal((2, 3)), rng.standard_normal((8, 3)), rng.integers(0, 2, 8)],
        dtypes=("float64", "float32"),
        differentiable=["w1", "w2"],
        name="two classes",
    )
    assert report.verdict == verdict, report


@given(SCORES, st.integers(0, 5))
def test_l20_the_loss_in_bits_bounds_the_mistake(scores: Array, target: int) -> None:
    y = np.array(target % len(scores))
    assert (np.argmax(scores) != y) <= multiclass_logistic_loss.forward(scores, y, bits=True)


def test_l20_the_loss_in_nats_does_not_bound_the_mistake() -> None:
    scores, y = np.array([0.125, 0.0]), np.array(1)
    assert multiclass_logistic_loss.forward(scores, y) < (np.argmax(scores) != y)
    assert multiclass_logistic_loss.forward(scores, y, bits=True) > (np.argmax(scores) != y)


def test_l20_the_bound_is_attained_at_a_tie() -> None:
    assert multiclass_logistic_loss.forward(np.array([2.0, 2.0]), np.array(1), bits=True) == 1
