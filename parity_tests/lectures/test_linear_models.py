"""Laws of the linear model and of least squares with one and two weights."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

import gradtwin
from reference.linear_models import normal_equations as normal_of_torch
from scratch.layers import linear
from scratch.linear_models import least_squares_1d, least_squares_2d, normal_equations

Array = NDArray[Any]


def _data(columns: int = 4) -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return rng.standard_normal((20, columns)), rng.standard_normal(20)


def _weight(model: Any) -> Any:
    return lambda X, y, **options: model.fit(X, y, **options).weight


def _predictions(X: Array, y: Array) -> Any:
    return normal_equations.predict(normal_equations.fit(X, y), X)


def _judge(suspect: Any, twin: Any, inputs: Any, *dtypes: str, **options: Any) -> gradtwin.Report:
    return gradtwin.check(
        suspect, twin=twin, inputs=inputs, dtypes=dtypes or ("float64", "float32"), name="a linear model", **options
    )


def test_l01_a_column_of_ones_is_a_bias() -> None:
    X, y = _data()

    def with_bias(X: Array, y: Array) -> Any:
        *weight, bias = normal_equations.fit(np.column_stack([X, np.ones_like(y)]), y).weight
        return linear.forward(X, np.array(weight)[None], bias[None])[:, 0]

    def with_column(X: torch.Tensor, y: torch.Tensor) -> Any:
        A = torch.column_stack([X, torch.ones_like(y)])
        return normal_of_torch.predict(normal_of_torch.fit(A, y), A)

    assert _judge(with_bias, with_column, [X, y]).ok
    assert _judge(_predictions, with_column, [X, y], "float64").verdict == "mismatch"


def test_l01_a_bias_takes_up_what_is_added_to_every_target() -> None:
    X, y = _data()
    A = np.column_stack([X, np.ones(20)])

    def moved(A: Array, y: Array, back: float = 3) -> Any:
        return normal_equations.fit(A, y + 3).weight - np.array([0, 0, 0, 0, back], A.dtype)

    assert _judge(moved, _weight(normal_of_torch), [A, y]).ok
    assert _judge(lambda A, y: moved(A, y, 0), _weight(normal_of_torch), [A, y], "float64").verdict == "mismatch"


def test_l02_and_l03_are_the_normal_equations_of_one_and_two_columns() -> None:
    X, y = _data(columns=2)
    assert _judge(_weight(least_squares_2d), _weight(normal_of_torch), [X, y]).ok
    assert _judge(
        lambda X, y: least_squares_1d.fit(X[:, 0], y).weight[None], _weight(normal_of_torch), [X[:, :1], y]
    ).ok


def test_l03_two_weights_are_not_two_lines() -> None:
    """Fitting each column by itself is wrong unless they are orthogonal."""
    X, y = _data(columns=2)

    def apart(X: Array, y: Array) -> Any:
        return np.array([least_squares_1d.fit(column, y).weight for column in X.T])

    orthogonal = np.array([[1.0, 1], [1, -1], [1, 1], [1, -1]])
    assert _judge(apart, _weight(normal_of_torch), [X, y]).verdict == "mismatch"
    assert _judge(apart, _weight(normal_of_torch), [orthogonal, y[:4]]).ok
