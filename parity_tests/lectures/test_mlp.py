"""Laws of the multi-layer perceptron: two layers without biases, and another activation a layer."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

import gradtwin
from reference.models import mlp as reference_mlp
from scratch.models import mlp

Array = NDArray[Any]
THREE = ("tanh", "softplus", "sigmoid")


class _Gradients(NamedTuple):
    W1: Array
    W2: Array


def _half_sum(X: Array, y: Array, W1: Array, W2: Array) -> Any:
    """Return half of the sum of squares of y - W_2 s(W_1 x)."""
    return 0.5 * np.sum((mlp.forward(X, W1, W2, activation="sigmoid") - y) ** 2)


def _half_sum_backward(grad: Array, X: Array, y: Array, W1: Array, W2: Array) -> _Gradients:
    residual = mlp.forward(X, W1, W2, activation="sigmoid") - y
    return _Gradients(*mlp.backward(grad * residual, X, W1, W2, activation="sigmoid").parameters)


def _reference(scale: float) -> Any:
    return lambda X, y, *W: scale * (reference_mlp.forward(X, *W, activation="sigmoid") - y).square().sum()


@pytest.mark.parametrize(("scale", "verdict"), [(0.5, "match"), (1.0, "mismatch")])
def test_l29_two_layers_without_biases_under_half_a_sum_of_squares(scale: float, verdict: str) -> None:
    report = gradtwin.check(
        _half_sum,
        _half_sum_backward,
        twin=_reference(scale),
        inputs=lambda rng: [rng.standard_normal(shape) for shape in ((6, 4), (6, 3), (5, 4), (3, 5))],
        dtypes=("float64", "float32"),
        differentiable=("W1", "W2"),
        name="half sum of squares",
    )
    assert report.verdict == verdict, report


@pytest.mark.parametrize(("theirs", "verdict"), [(THREE, "match"), (THREE[::-1], "mismatch")])
def test_l29_every_layer_has_the_activation_at_its_place(theirs: tuple[str, ...], verdict: str) -> None:
    report = gradtwin.check(
        lambda X, *parameters: mlp.forward(X, *parameters, activation=THREE),
        twin=lambda X, *parameters: reference_mlp.forward(X, *parameters, activation=theirs),
        inputs=lambda rng: [rng.standard_normal((6, 4)), *mlp.init((4, 5, 5, 5, 3), rng)],
        dtypes=("float64", "float32"),
        name="another activation a layer",
    )
    assert report.verdict == verdict, report


def test_l29_one_name_stands_for_every_layer() -> None:
    rng = np.random.default_rng(0)
    X, parameters = rng.standard_normal((6, 4)), mlp.init((4, 5, 5, 3), rng)
    named = [mlp.forward(X, *parameters, activation=a) for a in ("tanh", ["tanh", "tanh"], ["tanh", "relu"])]
    assert np.array_equal(named[0], named[1])
    assert not np.array_equal(named[0], named[2])
