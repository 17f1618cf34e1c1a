"""Laws of the fixed features: the bias as a column of ones, powers of one variable, squares and products."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.preprocessing import PolynomialFeatures

import gradtwin
from scratch.features import bias_column, polynomial, quadratic, squares

Array = NDArray[Any]
WHOLE = np.random.default_rng(0).integers(-4, 5, (20, 3)).astype(float)
"""Whole numbers, with which all of this is exact."""


class _Gradients(NamedTuple):
    X: Array
    w: Array
    b: Array


def _affine(X: Array, w: Array, b: Array) -> Array:
    return np.asarray(bias_column.forward(X) @ np.append(w, b))


def _ones_in_front(X: Array, w: Array, b: Array) -> Array:
    return np.asarray(bias_column.forward(X) @ np.append(b, w))


def _affine_backward(grad: Array, X: Array, w: Array, b: Array) -> _Gradients:
    weights = grad @ bias_column.forward(X)
    return _Gradients(bias_column.backward(np.outer(grad, np.append(w, b)), X), weights[:-1], weights[-1:])


@pytest.mark.parametrize(("forward", "verdict"), [(_affine, "match"), (_ones_in_front, "mismatch")])
def test_l01_the_weight_of_a_column_of_ones_is_the_bias(forward: Callable[..., Any], verdict: str) -> None:
    report = gradtwin.check(
        forward,
        _affine_backward,
        twin=lambda X, w, b: torch.nn.functional.linear(X, w) + b,
        inputs=lambda rng: [rng.standard_normal((6, 4)), rng.standard_normal(4), rng.standard_normal(1)],
        dtypes=("float64", "float32"),
        name="bias column",
    )
    assert report.verdict == verdict, report


def test_l28_powers_and_a_constant_make_a_polynomial() -> None:
    x, w = WHOLE[:, 0], np.array([3.0, -2.0, 0.5, 1.0])
    made = polynomial.forward(x, degree=3, constant=True) @ w
    assert np.array_equal(made, np.polynomial.polynomial.polyval(x, w))
    assert np.array_equal(made, polynomial.forward(x, degree=3) @ w[1:] + w[0])
    assert not np.array_equal(made, np.polynomial.polynomial.polyval(x, w[::-1]))


def test_l28_products_with_weights_are_a_quadratic_form() -> None:
    A = np.triu(np.arange(1.0, 10.0).reshape(3, 3))
    form = np.einsum("ni,ij,nj->n", WHOLE, A, WHOLE)
    made = quadratic.forward(WHOLE)
    assert np.array_equal(made @ A[np.triu_indices(3)], form)
    assert not np.array_equal(made @ A.T[np.triu_indices(3)], form)


def test_l28_the_squares_are_among_the_products() -> None:
    assert np.array_equal(quadratic.forward(WHOLE)[:, [0, 3, 5]], squares.forward(WHOLE))


def test_l28_the_features_of_scikit_learn_are_the_same_to_the_last_bit() -> None:
    X = np.random.default_rng(0).standard_normal((20, 4))
    theirs = PolynomialFeatures(2).fit_transform(X)
    assert np.array_equal(np.hstack([np.ones((20, 1)), X, quadratic.forward(X)]), theirs)
    assert np.array_equal(polynomial.forward(X[:, 0], 2, constant=True), PolynomialFeatures(2).fit_transform(X[:, :1]))
