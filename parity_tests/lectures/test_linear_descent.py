"""Laws of least squares by descent: step sizes, batches, and what a penalty does."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

import gradtwin
from reference.linear_models import gradient_descent as descent_of_torch
from scratch.linear_models import gradient_descent, lasso, ridge

Array = NDArray[Any]
REDUCTIONS = ("mean", "sum", "half_sum")
SAMPLES, COLUMNS = 12, 4
LR = 0.1


def _data(seed: int = 0) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((SAMPLES, COLUMNS)), rng.standard_normal(SAMPLES)


def _judge(suspect: Callable[..., Any], twin: Callable[..., Any]) -> str:
    return gradtwin.check(
        suspect, twin=twin, inputs=_data(), dtypes=("float64", "float32"), name="a regression"
    ).verdict


def _descended(**options: Any) -> Callable[..., Any]:
    return lambda X, y: gradient_descent.fit(X, y, steps=5, **options).weight


def _descended_in_torch(X: torch.Tensor, y: torch.Tensor) -> Any:
    return descent_of_torch.fit(X, y, steps=5).weight


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_l05_every_step_below_twice_the_guaranteed_size_descends_and_none_above(reduction: str) -> None:
    X, y = _data()
    lr = gradient_descent.fit(X, y, steps=0, reduction=reduction).lr
    for factor in (1.0, 1.9):
        assert np.all(np.diff(gradient_descent.fit(X, y, steps=15, lr=factor * lr, reduction=reduction).costs) < 0)
    along = np.linalg.svd(X)[0][:, 0]
    climbing = gradient_descent.fit(X, along, steps=15, lr=2.1 * lr, reduction=reduction).costs
    assert np.all(np.diff(climbing) > 0)


def test_l05_the_reductions_differ_in_their_step_size_alone() -> None:
    lr = float(gradient_descent.fit(*_data(), steps=0).lr)
    assert {_judge(_descended(reduction=r), _descended_in_torch) for r in REDUCTIONS} == {"match"}
    assert _judge(_descended(reduction="sum", lr=lr), _descended_in_torch) == "mismatch"


def test_l34_a_batch_of_all_rows_in_any_order_is_the_whole() -> None:
    rows = np.array([np.random.default_rng(i).permutation(SAMPLES) for i in range(5)])
    lr = float(gradient_descent.fit(*_data(), steps=0).lr)

    def batched(X: Array, y: Array, rows: Array = rows) -> Any:
        return gradient_descent.fit(X, y, rows, lr=lr).weight

    assert _judge(batched, lambda X, y: descent_of_torch.fit(X, y, steps=5, lr=lr).weight) == "match"
    assert _judge(lambda X, y: batched(X, y, rows[:, 1:]), _descended_in_torch) == "mismatch"


@pytest.mark.parametrize("k", [1, 2, SAMPLES])
def test_l34_the_gradient_of_a_batch_is_right_in_expectation(k: int) -> None:
    """The mean over all batches of k rows; of a sum it is k/N of the whole gradient."""
    chosen = np.array(list(combinations(range(SAMPLES), k)))

    def expected(X: Array, y: Array, reduction: str) -> Any:
        slopes = [gradient_descent.value_and_grad([X[0]], X[rows], y[rows], reduction)[1][0] for rows in chosen]
        return np.mean(slopes, axis=0)

    def whole(X: torch.Tensor, y: torch.Tensor, reduction: str) -> Any:
        weight = X[0].clone().requires_grad_()
        return torch.autograd.grad(descent_of_torch.loss([weight], X, y, reduction), weight)[0]

    assert _judge(lambda X, y: expected(X, y, "mean"), lambda X, y: whole(X, y, "mean")) == "match"
    assert _judge(lambda X, y: expected(X, y, "sum"), lambda X, y: k / SAMPLES * whole(X, y, "sum")) == "match"
    assert _judge(lambda X, y: expected(X, y[::-1], "mean"), lambda X, y: whole(X, y, "mean")) == "mismatch"


def _augmented(X: torch.Tensor, y: torch.Tensor) -> Any:
    """Return the least squares of X, and of sqrt(N/k) times each weight, that is to say alpha = 1 in lecture C."""
    below = (SAMPLES / COLUMNS) ** 0.5 * torch.ones_like(X[0]).diag()
    return torch.linalg.lstsq(torch.cat([X, below]), torch.cat([y, torch.zeros_like(y[:COLUMNS])])[:, None]).solution[
        :, 0
    ]


def test_l08_ridge_is_least_squares_with_a_row_more_for_each_weight() -> None:
    assert _judge(lambda X, y: ridge.fit(X, y).weight, _augmented) == "match"
    assert _judge(lambda X, y: ridge.fit(X, y, penalty="sum").weight, _augmented) == "mismatch"
    same = {"alpha": SAMPLES / COLUMNS, "reduction": "sum", "penalty": "sum"}
    assert _judge(lambda X, y: ridge.fit(X, y, **same).weight, _augmented) == "match"


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_l08_no_gap_is_negative_and_it_bounds_what_is_left(reduction: str, dtype: str) -> None:
    X, y = (x.astype(dtype) for x in _data())
    found = [lasso.fit(X, y, alpha=0.5, steps=n, reduction=reduction) for n in (0, 1, 2, 4, 8, 16, 200)]
    gaps, costs = np.array([f.gap for f in found]), np.array([f.costs[-1] for f in found])
    assert np.all(gaps >= 0)
    assert np.all(costs[:5] - costs[-1] <= gaps[:5])
    assert np.any(costs[:5] - costs[-1] > gaps[:5] / 20)


def test_l08_no_gap_is_negative_where_rounding_is_all_that_is_left() -> None:
    """Of a target that the column makes, next to nothing is left, and less than that is asked of the weight."""
    for seed in range(200):
        rng = np.random.default_rng(seed)
        X, factor = rng.standard_normal((3, 1)).astype("float32"), np.float32(rng.uniform(1, 2))
        assert lasso.fit(X, factor * X[:, 0], alpha=1e-7, steps=10).gap >= 0


def test_l08_the_gap_falls_below_any_figure() -> None:
    for figure in (1e-2, 1e-5, 1e-8, 1e-11):
        steps = (2**n for n in range(15))
        assert next(n for n in steps if lasso.fit(*_data(), alpha=0.5, steps=n).gap < figure) > 1


def test_l08_the_lasso_never_climbs() -> None:
    for seed in range(5):
        assert np.all(np.diff(lasso.fit(*_data(seed), alpha=0.5, steps=10).costs) <= 0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_l08_from_the_largest_slope_at_0_on_every_weight_is_exactly_0(dtype: str) -> None:
    for seed in range(5):
        X, y = (x.astype(dtype) for x in _data(seed))
        (slope,) = lasso.value_and_grad([np.zeros(COLUMNS, dtype)], X, y)[1]
        most = COLUMNS * float(np.max(np.abs(slope)))
        assert np.all(lasso.fit(X, y, alpha=most, steps=50).weight == 0)
        assert np.count_nonzero(lasso.fit(X, y, alpha=0.9 * most, steps=50).weight) > 0


def test_l08_on_orthonormal_columns_the_lasso_shrinks_and_ridge_divides() -> None:
    X = np.array([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2
    y, halves = _data()[1][:4], {"alpha": 0.5, "reduction": "half_sum", "penalty": "half_sum"}

    def judge(model: Any, twin: Callable[..., Any]) -> str:
        return gradtwin.check(
            lambda X, y: model.fit(X, y, **halves).weight, twin=twin, inputs=[X, y], dtypes=("float64", "float32")
        ).verdict

    assert judge(lasso, lambda X, y: F.softshrink(X.T @ y, 0.25)) == "match"
    assert judge(ridge, lambda X, y: X.T @ y / 1.5) == "match"
    assert judge(ridge, lambda X, y: F.softshrink(X.T @ y, 0.25)) == "mismatch"
