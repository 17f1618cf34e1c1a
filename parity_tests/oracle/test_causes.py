"""The words of a cause: each is said where it is so, and not where it only looks as if."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin

Array = Any
Function = Callable[..., Any]

X = np.random.default_rng(0).standard_normal((4, 3))


def causes(forward: Function, backward: Function | None, twin: Function, x: Array = X, **arguments: Any) -> set[Any]:
    report = gradtwin.check(forward, backward, twin=twin, inputs=[x], dtypes=("float64",), name="cause", **arguments)
    assert not report.ok
    return {finding.cause for finding in report.findings}


def squared(x: Array) -> Array:
    return (x * x).sum()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("forward", "backward", "twin"),
    [
        (squared, lambda grad, x: 2 * x, lambda x: x.square().sum()),
        (squared, lambda grad, x: 2 * x * np.sign(grad) ** 2, lambda x: x.square().sum()),
        (np.sin, lambda grad, x: np.cos(x), torch.sin),
        (lambda x: x.sum(0), lambda grad, x: np.full_like(x, 7), lambda x: x.sum(0)),
    ],
    ids=["a loss", "a loss of the square of its sign", "an elementwise function", "a sum, by another number"],
)
def test_a_cotangent_that_does_not_matter_is_ignored(
    forward: Function, backward: Function, twin: Function, dtype: str
) -> None:
    report = gradtwin.check(forward, backward, twin=twin, inputs=[X], dtypes=(dtype,))
    assert {f.cause for f in report.findings} == {"the result ignores the cotangent: it is the same for another one"}


def test_a_cotangent_that_comes_in_twice_is_no_factor() -> None:
    (cause,) = causes(squared, lambda grad, x: 2 * x * grad * grad, lambda x: x.square().sum())
    assert cause == "the cotangent is multiplied in twice: the result goes with its square"


@pytest.mark.parametrize("factor", [1e10, 1e-10, 0.3, -3e7])
def test_a_factor_of_any_size_is_named(factor: float) -> None:
    assert causes(np.sin, lambda grad, x: factor * grad * np.cos(x), torch.sin) == {
        f"a constant factor of {factor:.10g}"
    }


@pytest.mark.parametrize("factor", [1e10, 2.7])
def test_what_is_right_in_no_more_than_one_element_is_no_factor(factor: float) -> None:
    one = np.zeros((4, 3))
    one[1, 2] = 0.7
    assert causes(lambda x: factor * np.sin(x), None, torch.sin, one) == {None}

    def in_one_element(x: Array) -> Array:
        y = np.sin(x)
        y[1, 2] *= factor
        return y

    assert causes(in_one_element, None, torch.sin) == {None}


def test_a_number_of_elements_is_told_only_where_something_is_added_up() -> None:
    (cause,) = causes(lambda x: 3 * np.sin(x), None, torch.sin)
    assert cause == "a constant factor of 3"
    (cause,) = causes(lambda x: 5 * np.sin(x).sum(), None, lambda x: x.sin().sum())
    assert cause == "a constant factor of 5"
    (cause,) = causes(lambda x: np.sin(x).sum(), None, lambda x: x.sin().mean())
    assert "12, the elements of x: a sum where the mean is meant" in cause


@pytest.mark.parametrize(
    ("turn", "cause"),
    [
        (lambda g: g.T, "the result is transposed"),
        (lambda g: g.reshape(3, 4), "the result is reshaped: its elements are right, in the order of the twin's"),
        (lambda g: -g.T, None),
    ],
    ids=["transposed", "reshaped", "another thing of that shape"],
)
def test_only_what_is_transposed_is_called_so(turn: Function, cause: str | None) -> None:
    assert causes(np.sin, lambda grad, x: turn(grad * np.cos(x)), torch.sin) == {cause}


def test_zeros_are_no_cause_where_the_truth_is_no_number() -> None:
    with np.errstate(invalid="ignore"):
        assert causes(lambda x: 0 * x, None, torch.sqrt, np.array([-1.0, -2.0])) == {None}
    assert causes(lambda x: 0 * x, None, torch.sqrt, np.array([1.0, 2.0])) == {"the result is zero everywhere"}
