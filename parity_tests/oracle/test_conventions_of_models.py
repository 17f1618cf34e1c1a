"""Models in another convention: refused with the name of it, a match by that name, and wrong ones by none."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import gradtwin

RNG = np.random.default_rng(0)
X, Y, QUERIES = RNG.standard_normal((12, 3)), RNG.standard_normal(12), RNG.standard_normal((5, 3))
VARIANCE = "sample variance for population variance"


class Normal(NamedTuple):
    """The mean and the variance of every column."""

    mean: Any
    variance: Any


class Line(NamedTuple):
    """Weights, and what they cost."""

    weight: Any
    cost: Any


def standard(correction: int) -> Any:
    """Return a model that standardizes."""

    def predict(fitted: Normal, queries: Any) -> Any:
        return (queries - fitted.mean) / np.sqrt(fitted.variance)

    return SimpleNamespace(fit=lambda x, y: Normal(x.mean(0), x.var(0, ddof=correction)), predict=predict, __name__="n")


def regression(factor: float) -> Any:
    """Return a linear regression whose cost is the sum of squares times a factor."""

    def fit(x: Any, y: Any) -> Line:
        weight = np.linalg.solve(x.T @ x, x.T @ y)
        rest = y - x @ weight
        return Line(weight, rest @ rest * x.dtype.type(factor))

    return SimpleNamespace(fit=fit, predict=lambda fitted, queries: queries @ fitted.weight, __name__="line")


def ridge(corner: float) -> Any:
    """Return a ridge regression whose penalty of the first weight is multiplied."""

    def fit(x: Any, y: Any) -> Line:
        penalty = np.eye(3, dtype=x.dtype)
        penalty[0, 0] *= corner
        weight = np.linalg.solve(x.T @ x + penalty, x.T @ y)
        return Line(weight, np.linalg.norm(weight))

    return SimpleNamespace(fit=fit, predict=lambda fitted, queries: queries @ fitted.weight, __name__="ridge")


def torch_ridge(*, spared: bool) -> Any:
    """Return the same in torch, whose penalty of the first weight is all or none."""

    def fit(x: torch.Tensor, y: torch.Tensor) -> Line:
        penalty = torch.eye(3, dtype=x.dtype)
        if spared:
            penalty[0, 0] = 0
        weight = torch.linalg.solve(x.T @ x + penalty, x.T @ y)
        return Line(weight, torch.linalg.vector_norm(weight))

    return SimpleNamespace(fit=fit, predict=lambda fitted, queries: queries @ fitted.weight)


NORMAL = SimpleNamespace(
    fit=lambda x, y: Normal(x.mean(0), x.var(0, correction=0)),
    predict=lambda fitted, queries: (queries - fitted.mean) / fitted.variance.sqrt(),
)


def _fit(x: torch.Tensor, y: torch.Tensor) -> Line:
    weight = torch.linalg.solve(x.T @ x, x.T @ y)
    return Line(weight, (y - x @ weight).square().sum())


LINE = SimpleNamespace(fit=_fit, predict=lambda fitted, queries: queries @ fitted.weight)
CASES: dict[str, tuple[Any, Callable[..., Any], float, float]] = {
    VARIANCE: (NORMAL, standard, 1, 2),
    "half of the square": (LINE, regression, 1 / 2, 1 / 3),
    "intercept penalized": (torch_ridge(spared=True), ridge, 1, 2),
    "intercept spared": (torch_ridge(spared=False), ridge, 0, 2),
    "mean for sum": (LINE, regression, 1 / 12, 1 / 13),
}
"""By convention the twin, the suspect by a number, and the numbers that are right by the convention and wrong."""


@pytest.mark.parametrize("name", CASES)
def test_another_convention_is_named_and_accepted_and_what_is_wrong_by_it_is_not(name: str) -> None:
    twin, model, right, wrong = CASES[name]

    def judged(number: float, accept: tuple[str, ...] = ()) -> gradtwin.Report:
        both, inputs = ("float64", "float32"), [X, Y, QUERIES]
        return gradtwin.check_estimator(model(number), twin=twin, inputs=inputs, dtypes=both, accept=accept)

    assert f'another convention: {name}; accept="{name}"' in judged(right).findings[0].message
    accepted = judged(right, accept=(name,))
    assert accepted.ok, accepted
    assert accepted.notes[0].startswith(f"by the convention {name}")
    for report in (judged(wrong), judged(wrong, accept=(name,))):
        assert report.verdict == "mismatch"
        assert "another convention" not in str(report)


def test_labels_that_are_predicted_go_by_the_margin_of_the_convention() -> None:
    def judged(correction: int, accept: tuple[str, ...] = ()) -> gradtwin.Report:
        def predict(fitted: Normal, queries: Any) -> Any:
            return (np.sum(queries**2 / fitted.variance, 1) > 3).astype(np.int64)

        model = SimpleNamespace(fit=standard(correction).fit, predict=predict, __name__="far")
        twin = SimpleNamespace(fit=NORMAL.fit, predict=lambda fitted, queries: (margin(fitted, queries) > 0).long())
        return gradtwin.check_estimator(model, twin=twin, inputs=[X, Y, QUERIES], margin=margin, accept=accept)

    def margin(fitted: Normal, queries: Any) -> Any:
        return (queries.square() / fitted.variance).sum(1) - 3

    assert VARIANCE in judged(1).findings[0].message
    assert judged(1, accept=(VARIANCE,)).ok
    assert not judged(2, accept=(VARIANCE,)).ok
