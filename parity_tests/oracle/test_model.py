"""Models: what is fitted is compared by name, then what is predicted, then the cost and its gradient."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.ops.model import check_cost

Array = NDArray[Any]
BOTH = ("float64", "float32")


class Fitted(NamedTuple):
    """Weights, what is left, and a word that nobody compares."""

    weight: Any
    rest: tuple[Any, ...]
    samples: int
    unit: str = "metre"
    bias: Any = None


def _model(factor: float = 1.0, samples: int = 0, sign: float = 1.0) -> Any:
    def fit(X: Array, y: Array, lam: float = 0.0) -> Fitted:
        weight = np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1], dtype=X.dtype), X.T @ y) * X.dtype.type(factor)
        return Fitted(weight, (y - X @ weight,), len(X) + samples)

    def predict(fitted: Fitted, X: Array) -> Any:
        return (X @ fitted.weight > 0).astype(np.int64) if sign > 0 else (X @ fitted.weight < 0).astype(np.int64)

    return SimpleNamespace(fit=fit, predict=predict, __name__="ridge")


def _fit(X: torch.Tensor, y: torch.Tensor, lam: float = 0.0) -> Fitted:
    weight = torch.linalg.solve(X.T @ X + lam * torch.eye(X.shape[1], dtype=X.dtype), X.T @ y)
    return Fitted(weight, (y - X @ weight,), len(X))


TWIN = SimpleNamespace(fit=_fit, predict=lambda fitted, X: (X @ fitted.weight > 0).long())


def _judge(model: Any, twin: Any = TWIN, **how: Any) -> gradtwin.Report:
    rng = np.random.default_rng(0)
    inputs = [rng.standard_normal((9, 3)), rng.standard_normal(9), rng.standard_normal((20, 3))]
    how = {"margin": lambda fitted, X: X @ fitted.weight, "options": {"lam": 0.5}, "dtypes": BOTH, **how}
    return gradtwin.check_estimator(model, twin=twin, inputs=inputs, **how)


def test_a_model_matches_in_all_that_it_learns_and_predicts() -> None:
    report = _judge(_model())
    assert report.ok, report
    assert report.tally.checks == 2 * 4
    assert report.tally.points == 2 * 20
    assert report.name == "ridge"


@pytest.mark.parametrize(
    ("model", "quantity"),
    [
        (_model(factor=1 + 1e-12), "fitted.weight"),
        (_model(samples=1), "fitted.samples"),
        (_model(sign=-1), "prediction"),
    ],
    ids=["weight", "count", "prediction"],
)
def test_what_is_wrong_is_named(model: Any, quantity: str) -> None:
    report = _judge(model, dtypes=("float64",))
    assert report.verdict == "mismatch"
    assert quantity in {f.quantity for f in report.findings}


def test_named_data_is_passed_by_name() -> None:
    rng = np.random.default_rng(0)
    inputs = {"y": rng.standard_normal(9), "X": rng.standard_normal((9, 3)), "queries": rng.standard_normal((4, 3))}
    assert gradtwin.check_estimator(_model(), twin=TWIN, inputs=inputs, dtypes=BOTH).ok


def test_a_model_that_raises_has_crashed() -> None:
    def fit(X: Array, y: Array, lam: float) -> Fitted:
        raise ZeroDivisionError

    assert _judge(SimpleNamespace(fit=fit, predict=None.__eq__)).verdict == "crash"


def test_other_fields_and_missing_functions_are_answered() -> None:
    class Other(NamedTuple):
        weights: Any

    twin = SimpleNamespace(fit=lambda X, y, lam: Other(X), predict=TWIN.predict)
    with pytest.raises(UsageError, match=r"fitted\.weight, fitted\.rest\[0\], fitted\.samples; got fit"):
        _judge(_model(), twin, margin=None)
    with pytest.raises(UsageError, match=r"Expected model to be an estimator.*got int, which has no predict"):
        _judge(SimpleNamespace(fit=_fit, __name__="int"))


def _cost(parameters: list[Array], X: Array, y: Array, factor: float = 1.0) -> tuple[Any, list[Array]]:
    rest = X @ parameters[0] + parameters[1] - y
    slope = rest * np.asarray(factor, X.dtype)
    return (rest @ rest) / 2, [X.T @ slope, np.asarray(slope.sum())]


def _twin_cost(parameters: list[torch.Tensor], X: torch.Tensor, y: torch.Tensor, factor: float = 1.0) -> torch.Tensor:
    return (X @ parameters[0] + parameters[1] - y).square().sum() / 2


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "match"), (-1.0, "mismatch"), (1 + 1e-5, "mismatch")])
def test_a_cost_is_judged_with_its_gradient_by_the_parameters(factor: float, verdict: str) -> None:
    rng = np.random.default_rng(0)
    inputs = ([rng.standard_normal(3), np.array(0.5)], rng.standard_normal((9, 3)), rng.standard_normal(9))
    report = check_cost(_cost, twin=_twin_cost, inputs=inputs, options={"factor": factor}, dtypes=BOTH, name="cost")
    assert report.verdict == verdict, report
    assert all(f.quantity.startswith("gradient of parameters[") for f in report.findings)
