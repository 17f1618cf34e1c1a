"""Laws of the three routes to the least squares: what each does where columns are dependent or nearly so."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import gradtwin
from reference.linear_models import least_squares_qr as qr_of_torch
from reference.linear_models import least_squares_svd as svd_of_torch
from reference.linear_models import normal_equations as normal_of_torch
from scratch.linear_models import least_squares_qr, least_squares_svd, normal_equations

Array = NDArray[Any]
ROUTES = (normal_equations, least_squares_qr, least_squares_svd)
TWINS = (normal_of_torch, qr_of_torch, svd_of_torch)


def _data(seed: int = 0, samples: int = 20, columns: int = 4) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.standard_normal((samples, columns)), rng.standard_normal(samples)


def _conditioned(condition: float, residual: float = 0.0) -> tuple[Array, Array]:
    """Return columns whose singular values fall from 1 to 1 / condition, and a target that they nearly make."""
    (X, y), singular = _data(), np.geomspace(1, 1 / condition, 4)
    q, v = np.linalg.qr(X)[0], np.linalg.qr(_data(1, 4)[0])[0]
    A = q * singular @ v
    return A, A @ np.ones(4) + residual * y


def _weight(model: Any) -> Any:
    return lambda X, y, **options: model.fit(X, y, **options).weight


def _judge(suspect: Any, twin: Any, inputs: Any, *dtypes: str, **options: Any) -> gradtwin.Report:
    return gradtwin.check(
        suspect, twin=twin, inputs=inputs, dtypes=dtypes or ("float64", "float32"), name="a linear model", **options
    )


@pytest.mark.parametrize("route", ROUTES, ids=lambda m: m.__name__.split(".")[-1])
@pytest.mark.parametrize("twin", TWINS, ids=lambda m: m.__name__.split(".")[-1])
def test_l04_every_route_gives_the_solution_of_every_other(route: ModuleType, twin: ModuleType) -> None:
    assert _judge(_weight(route), _weight(twin), _data()).ok
    half = _judge(lambda X, y: route.fit(X, y).weight / 2, _weight(twin), _data(), "float64")
    assert half.verdict == "mismatch"


@pytest.mark.parametrize(("dtype", "condition"), [("float32", 1e3), ("float64", 1e6)])
def test_l04_normal_equations_lose_the_digits_that_qr_and_svd_keep(dtype: str, condition: float) -> None:
    given, twin = _conditioned(condition), _weight(qr_of_torch)
    assert _judge(_weight(normal_equations), twin, given, dtype).verdict == "unstable"
    assert _judge(_weight(least_squares_qr), twin, given, dtype).ok
    assert _judge(_weight(least_squares_svd), twin, given, dtype).ok


def test_l04_scaling_a_column_costs_no_digits() -> None:
    """Of two reasons for a large condition number, this is the harmless one."""
    X, y = _data()
    scaled = X * np.array([1, 1e4, 1, 1])
    assert normal_equations.fit(scaled, y).condition > 1e4
    for route in (normal_equations, least_squares_qr):
        assert _judge(_weight(route), _weight(qr_of_torch), [scaled, y]).ok


@pytest.mark.parametrize("route", [normal_equations, least_squares_qr], ids=["normal_equations", "qr"])
def test_l04_dependent_columns_are_refused_with_the_condition_number(route: ModuleType) -> None:
    X, y = _data()
    X[:, 3] = X[:, 0] - 2 * X[:, 1]
    with pytest.raises(ValueError, match=r"4 of rank 3, condition number (inf|\d\.\d+e\+1\d)"):
        route.fit(X, y)
    with pytest.raises(ValueError, match="4 of rank 3, condition number inf"):
        route.fit(X[:3], y[:3])


def test_l04_normal_equations_refuse_what_they_cannot_hold() -> None:
    X, y = (x.astype("float32") for x in _conditioned(1e4))
    with pytest.raises(ValueError, match=r"positive definite in float32.* condition number 1e\+04"):
        normal_equations.fit(X, y)
    assert least_squares_qr.fit(X, y).condition > 9e3


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_l04_squares_that_leave_the_range_are_refused_and_qr_needs_none(size: float) -> None:
    X, y = _data()
    with pytest.raises(ValueError, match=r"trace of X'X to be positive and finite in float64; got (inf|0)"):
        normal_equations.fit(size * X, y)
    assert _judge(
        lambda X, y: size * least_squares_qr.fit(size * X, y).weight, _weight(qr_of_torch), [X, y], "float64"
    ).ok


def test_l04_of_dependent_columns_the_svd_gives_the_shortest_solution() -> None:
    """With a column twice, its weight is shared out equally."""
    X, y = _data(columns=3)
    twice = np.column_stack([X, X[:, 0]])

    def joined(X: Array, y: Array) -> Any:
        fitted = least_squares_svd.fit(np.column_stack([X, X[:, 0]]), y, rcond=1e-3)
        return fitted.weight[:3] * np.array([2, 1, 1], X.dtype)

    assert _judge(joined, _weight(qr_of_torch), [X, y]).ok
    assert least_squares_svd.fit(twice, y).rank == 3
    assert least_squares_svd.fit(X, y).rank == 3
    assert least_squares_svd.fit(_data(columns=4)[0], y).rank == 4
