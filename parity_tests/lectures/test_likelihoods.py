"""Laws of maximum likelihood: where it is largest, and what it has to do with the losses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch.distributions import Bernoulli, Categorical

import gradtwin
from parity_tests.pairs.data import breast_cancer, diabetes, iris
from scratch.likelihoods import bernoulli, gaussian, linear_gaussian
from scratch.linear_models import logistic_regression, softmax_regression

Array = NDArray[Any]
ONE = np.ones(())
# Mean 2 and variance 2: all that is computed of them is a small dyadic rational.
EXACT = np.array([-1.0, 5.0, *[1.0] * 7, *[3.0] * 7])
RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("divisor", "zero"), [(16, True), (15, False)], ids=["by N", "by N - 1"])
def test_l26_the_gradient_of_a_gaussian_is_exactly_0_at_the_variance_that_divides_by_n(
    divisor: int, zero: bool
) -> None:
    fitted = gaussian.fit(EXACT)
    assert (float(fitted.mean), float(fitted.var)) == (2.0, 2.0)
    found = gaussian.backward(ONE, EXACT, fitted.mean, fitted.var * 16 / divisor)
    assert float(found.mean) == 0.0
    assert (float(found.var) == 0.0) == zero


@pytest.mark.parametrize(("factor", "verdict"), [(12 / 11, "match"), (1.0, "mismatch")])
def test_l26_the_variance_is_biased_by_n_less_1_over_n(factor: float, verdict: str) -> None:
    report = gradtwin.check(
        lambda x: gaussian.fit(x).var * x.dtype.type(factor),
        twin=lambda x: torch.var(x, correction=1),
        inputs=[RNG.standard_normal(12)],
        dtypes=("float64", "float32"),
        name="variance",
    )
    assert report.verdict == verdict, report


def test_l26_the_gradient_of_a_coin_is_exactly_0_at_the_mean() -> None:
    tossed = np.array([1.0, 0.0, 0.0, 1.0])
    assert float(bernoulli.backward(ONE, tossed, bernoulli.fit(tossed).probs).probs) == 0.0
    assert float(bernoulli.backward(ONE, tossed, np.array(0.25)).probs) != 0.0


def _data() -> dict[str, tuple[Any, tuple[Array, ...]]]:
    X, y = diabetes()
    tossed = (RNG.random(20) < 0.3).astype(float)
    return {
        "gaussian": (gaussian, (RNG.standard_normal(20) + 3,)),
        "bernoulli": (bernoulli, (tossed,)),
        "linear_gaussian": (linear_gaussian, (X[:40, :3], y[:40])),
    }


@pytest.mark.parametrize("name", ["gaussian", "bernoulli", "linear_gaussian"])
def test_l26_no_other_parameters_are_as_likely(name: str) -> None:
    model, data = _data()[name]
    *best, reached = model.fit(*data)
    assert model.forward(*data, *best) == reached
    for which in range(len(best)):
        for factor in (0.5, 0.9, 0.999, 1.001, 1.1, 1.2):
            others = [p * factor if i == which else p for i, p in enumerate(best)]
            assert model.forward(*data, *others) < reached


@pytest.mark.parametrize(("var", "verdict"), [(1.0, "match"), (2.0, "mismatch")])
def test_l26_the_cost_of_gaussian_noise_is_half_the_sum_of_squares_only_at_variance_1(var: float, verdict: str) -> None:
    def forward(X: Array, y: Array, w: Array, b: Array) -> Any:
        return -linear_gaussian.forward(X, y, w, b, np.asarray(var, X.dtype))

    def backward(grad: Array, X: Array, y: Array, w: Array, b: Array) -> Any:
        return linear_gaussian.backward(-grad, X, y, w, b, np.asarray(var, X.dtype))[:4]

    def twin(X: torch.Tensor, y: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return len(y) / 2 * (F.mse_loss(X @ w + b, y) + math.log(2 * math.pi))

    inputs = [RNG.standard_normal(shape) for shape in ((8, 3), (8,), (3,), ())]
    report = gradtwin.check(forward, backward, twin=twin, inputs=inputs, dtypes=("float64",))
    assert report.verdict == verdict, report


def _tumours() -> tuple[Any, ...]:
    X, y = breast_cancer()
    return logistic_regression, ((3,), ()), X[:40, :3], y[:40], lambda z, y: Bernoulli(logits=z).log_prob(y.to(z.dtype))


def _flowers() -> tuple[Any, ...]:
    X, y = iris()
    return softmax_regression, ((3, 4), (3,)), X[::4], y[::4], lambda z, y: Categorical(logits=z).log_prob(y)


@pytest.mark.parametrize(("reduction", "verdict"), [("sum", "match"), ("mean", "mismatch")])
@pytest.mark.parametrize("case", [_tumours, _flowers], ids=["logistic", "multinomial"])
def test_l26_the_log_likelihood_of_labels_is_minus_the_summed_cost(case: Any, reduction: str, verdict: str) -> None:
    model, shapes, X, y, log_prob = case()

    def forward(weight: Array, bias: Array, X: Array, y: Array) -> Any:
        return -model.value_and_grad([weight, bias], X, y, reduction=reduction)[0]

    def backward(grad: Array, weight: Array, bias: Array, X: Array, y: Array) -> Any:
        return tuple(-grad * g for g in model.value_and_grad([weight, bias], X, y, reduction=reduction)[1])

    def twin(weight: torch.Tensor, bias: torch.Tensor, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        total: torch.Tensor = log_prob(F.linear(X, weight) + bias, y).sum()
        return total

    inputs = [*map(RNG.standard_normal, shapes), X, y]
    how: dict[str, Any] = {"differentiable": ["weight", "bias"], "dtypes": ("float64",)}
    report = gradtwin.check(forward, backward, twin=twin, inputs=inputs, **how)
    assert report.verdict == verdict, report


def test_l26_a_certain_outcome_has_log_likelihood_0_and_an_impossible_one_minus_infinity() -> None:
    fitted = bernoulli.fit(np.ones(3))
    assert (float(fitted.probs), float(fitted.log_likelihood)) == (1.0, 0.0)
    assert bernoulli.predict(fitted, np.array([1.0, 0.0])).tolist() == [0.0, -np.inf]


def test_l26_torch_does_not_tell_the_impossible_from_the_unlikely() -> None:
    """torch's coin clamps its probability to eps; should it stop, the docstring of `bernoulli` is out of date."""
    clamped = Bernoulli(torch.tensor([0.0, 1e-20, 1e-17], dtype=torch.float64)).log_prob(
        torch.ones(3, dtype=torch.float64)
    )
    assert clamped.tolist() == [math.log(2.0**-52)] * 3
    ours = [float(bernoulli.forward(np.ones(1), np.array(p))) for p in (1e-20, 1e-17)]
    assert ours == [math.log(1e-20), math.log(1e-17)]
