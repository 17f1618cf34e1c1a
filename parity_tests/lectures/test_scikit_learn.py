"""Scikit-learn as one more witness of the linear regressions: judged against torch, and compared with scratch code."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.linear_model import Lasso, LinearRegression, Ridge

import gradtwin
from parity_tests.pairs import data
from reference.linear_models import lasso as lasso_of_torch
from reference.linear_models import least_squares_svd as svd_of_torch
from reference.linear_models import ridge as ridge_of_torch
from scratch.linear_models import lasso, least_squares_qr, least_squares_svd, normal_equations, ridge

Array = NDArray[Any]
ALPHA = 0.1
SUMS = {"alpha": ALPHA, "reduction": "sum", "penalty": "sum"}
TWICE = {"alpha": 2 * ALPHA, "reduction": "mean", "penalty": "sum"}
"""Scikit-learn's lasso halves the error and not the penalty."""
STEPS = 400
FEW = {"steps": 20}
"""A run is judged over its first steps; all of them are compared with scikit-learn."""


class Difference(NamedTuple):
    """A model on a data set: its worst ratio against torch, and the largest difference of a weight to scikit-learn."""

    model: str
    data: str
    ratio: float
    difference: float


def _iris() -> tuple[Array, Array]:
    X, _ = data.iris()
    return X[:, [0, 1, 3]], X[:, 2]


def _diabetes() -> tuple[Array, Array]:
    X, y = data.diabetes()
    return X, y - y.mean()


SETS = {"iris": _iris, "diabetes": _diabetes}


def _linear_of_scikit_learn(X: Array, y: Array) -> Any:
    return LinearRegression(fit_intercept=False).fit(X, y).coef_


def _ridge_of_scikit_learn(X: Array, y: Array) -> Any:
    return Ridge(ALPHA, fit_intercept=False).fit(X, y).coef_


def _lasso_of_scikit_learn(X: Array, y: Array) -> Any:
    return Lasso(ALPHA, fit_intercept=False, tol=1e-12, max_iter=10_000).fit(X, y).coef_


MODELS: dict[str, tuple[Any, Any, Any, dict[str, Any]]] = {
    "normal_equations": (_linear_of_scikit_learn, normal_equations, svd_of_torch, {}),
    "least_squares_qr": (_linear_of_scikit_learn, least_squares_qr, svd_of_torch, {}),
    "least_squares_svd": (_linear_of_scikit_learn, least_squares_svd, svd_of_torch, {}),
    "ridge": (_ridge_of_scikit_learn, ridge, ridge_of_torch, SUMS),
    "lasso": (_lasso_of_scikit_learn, lasso, lasso_of_torch, {**TWICE, "steps": STEPS}),
}
"""What scikit-learn does, the scratch code, its twin and the options of both."""


def differences() -> list[Difference]:
    """Return, by model and data set, how far the scratch code is from torch and from scikit-learn, in float64."""
    found = []
    for model, (theirs, scratch, twin, options) in MODELS.items():
        for name, given in SETS.items():
            X, y = given()
            few = options | (FEW if "steps" in options else {})
            report = _judge(lambda X, y, m=scratch, o=few: m.fit(X, y, **o).weight, twin, (X, y), few)
            apart = float(np.max(np.abs(scratch.fit(X, y, **options).weight - theirs(X, y))))
            found.append(Difference(f"linear_models.{model}", name, report.tally.worst["float64"], apart))
    return found


def _judge(suspect: Any, twin: Any, inputs: tuple[Array, Array], options: dict[str, Any]) -> gradtwin.Report:
    return gradtwin.check(
        suspect, twin=lambda X, y: twin.fit(X, y, **options).weight, inputs=inputs, dtypes=("float64",), name="weights"
    )


@pytest.mark.slow
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("model", ["least_squares_svd", "ridge"])
def test_scikit_learn_agrees_with_torch(model: str, name: str) -> None:
    theirs, _, twin, options = MODELS[model]
    assert _judge(theirs, twin, SETS[name](), options).ok
    assert _judge(lambda X, y: theirs(X, y) * (1 + 1e-9), twin, SETS[name](), options).verdict == "mismatch"


@pytest.mark.parametrize("name", SETS)
def test_l08_neither_lasso_is_better_than_the_gap_of_the_other_allows(name: str) -> None:
    X, y = SETS[name]()
    ours = lasso.fit(X, y, **TWICE, steps=STEPS)
    theirs = Lasso(ALPHA, fit_intercept=False, tol=1e-6).fit(X, y)

    def cost(weight: Array) -> float:
        return float(lasso.value_and_grad([weight], X, y, **TWICE)[0])

    assert cost(ours.weight) <= cost(theirs.coef_) + ours.gap
    assert cost(theirs.coef_) <= cost(ours.weight) + 2 * theirs.dual_gap_
    assert cost(lasso.fit(X, y, **TWICE, steps=1).weight) > cost(theirs.coef_) + ours.gap


def test_the_differences_to_scikit_learn_are_of_every_model_on_every_set() -> None:
    found = differences()
    assert [(d.model.split(".")[1], d.data) for d in found] == [(m, s) for m in MODELS for s in SETS]
    assert all(0 < d.difference < 1 for d in found)
