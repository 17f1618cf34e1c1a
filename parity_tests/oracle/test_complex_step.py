"""NumPy code that cannot be traced is held against its complex step, where that is the derivative of the code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

import gradtwin
from gradtwin.core.report import Report
from gradtwin.ops.own import COMPLEX, DIFFERENCES
from parity_tests.oracle.alone import LINE, POSITIVE, Suspect
from parity_tests.oracle.complex_steps import ANALYTIC, OTHER, faint, faint_backward

Array = NDArray[Any]
DTYPES = ["float64", pytest.param("float32", marks=pytest.mark.slow)]
ALL = {**ANALYTIC, **OTHER}
SLIPS = [(name, slip) for name in ALL for slip in ALL[name].wrong]


def check(suspect: Suspect, backward: Callable[..., Any], dtype: str = "float64") -> Report:
    return gradtwin.check(suspect.forward, backward, inputs=[x.astype(dtype) for x in suspect.inputs])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ALL)
def test_right_code_matches(name: str, dtype: str) -> None:
    report = check(ALL[name], ALL[name].backward, dtype)
    assert report.ok, str(report)
    assert (COMPLEX if name in ANALYTIC else DIFFERENCES) in report.remarks


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "slip"), SLIPS)
def test_wrong_code_is_refused(name: str, slip: str, dtype: str) -> None:
    report = check(ALL[name], ALL[name].wrong[slip], dtype)
    assert report.verdict in ("mismatch", "imprecise"), str(report)


@pytest.mark.parametrize("name", ANALYTIC)
def test_the_last_digits_of_double_precision_are_judged(name: str) -> None:
    """Thirteen digits are right, which differences alone would let pass."""

    def nearly(*arguments: Any) -> Any:
        gradients = ANALYTIC[name].backward(*arguments)
        parts = [g * (1 + 2.0**-40) for g in (gradients if isinstance(gradients, tuple) else (gradients,))]
        return tuple(parts) if isinstance(gradients, tuple) else parts[0]

    report = check(ANALYTIC[name], nearly)
    assert report.verdict in ("mismatch", "imprecise"), str(report)


def test_what_is_not_analytic_in_its_last_digits_is_granted_those() -> None:
    report = gradtwin.check(faint, faint_backward, inputs=[LINE])
    assert report.ok, str(report)


def test_order_by_real_parts_is_no_obstacle() -> None:
    def forward(x: Array) -> Any:
        return np.add.reduce(np.sort(x) * np.arange(1.0, 7.0, dtype=x.real.dtype))

    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(grad * (np.argsort(np.argsort(x)) + 1), x.dtype)

    report = gradtwin.check(forward, backward, inputs=[LINE])
    assert report.ok, str(report)
    assert COMPLEX in report.remarks
    assert not gradtwin.check(forward, lambda g, x: backward(g, x)[::-1], inputs=[LINE]).ok


def test_a_derivative_that_is_lost_beside_its_value_is_judged() -> None:
    """The function is 1 in every digit there, and differences are 0."""
    x = np.array([0.5, 1.0, 7.0, 9.0])

    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(grad * np.exp(-x * x) * 2 / np.sqrt(np.pi))

    report = gradtwin.check(lambda x: special.erf(x), backward, inputs=[x])
    assert report.ok, str(report)
    assert COMPLEX in report.remarks


def test_small_elements_beside_large_ones_are_judged() -> None:
    def forward(x: Array) -> Any:
        return np.add.reduce(np.sin(x))

    x = np.array([1e-9, 1.0, 2.0])
    report = gradtwin.check(forward, lambda grad, x: grad * np.cos(x), inputs=[x])
    assert report.ok, str(report)
    assert not any("not judged" in remark for remark in report.remarks)
    assert not gradtwin.check(forward, lambda grad, x: grad * np.cos(x) * (x > 1e-3), inputs=[x]).ok


def test_digits_beside_a_large_output_that_does_not_move_are_judged() -> None:
    def forward(x: Array) -> Any:
        return np.add.reduce([np.append(np.exp(x[:-1]), 1e8 * x[-1:])])

    def backward(grad: Array, x: Array) -> Array:
        return np.asarray(grad * np.append(np.exp(x[:-1]), 1e8))

    def nearly(grad: Array, x: Array) -> Array:
        return np.asarray(backward(grad, x) * (1 + 2.0**-42 * (np.arange(len(x)) == 0)))

    assert gradtwin.check(forward, backward, inputs=[POSITIVE]).ok
    assert not gradtwin.check(forward, nearly, inputs=[POSITIVE]).ok


@pytest.mark.parametrize("size", [1e-14, 1e-18])
def test_elements_whose_steps_are_lost_beside_large_ones_are_not_judged(size: float) -> None:
    x = np.array([size, 1.0, 2.0])
    report = gradtwin.check(lambda x: np.add.reduce(np.sin(x)), lambda grad, x: grad * np.cos(x), inputs=[x])
    assert report.ok, str(report)
    assert any("1 of 3 elements are not judged" in remark for remark in report.remarks)


def test_buffers_that_are_written_are_made_for_complex_numbers() -> None:
    def fill(x: Array, out: Array) -> None:
        out[...] = np.add.reduce([x * np.sin(x)])

    def check_with(backward: Callable[..., Any]) -> Report:
        inputs = {"x": LINE, "out": 0 * LINE}
        return gradtwin.check(fill, backward, inputs=inputs, mutates_args="out", differentiable=["x"])

    report = check_with(lambda grad, x, out: (grad * (np.sin(x) + x * np.cos(x)), 0 * grad))
    assert report.ok, str(report)
    assert COMPLEX in report.remarks
    assert not check_with(lambda grad, x, out: (grad * np.sin(x), 0 * grad)).ok


def test_products_are_held_against_differences() -> None:
    report = gradtwin.check_second_order(ANALYTIC["a log of a sum"].forward, _hessian_product, inputs=[LINE])
    assert report.ok, str(report)
    assert DIFFERENCES in report.remarks


def _hessian_product(x: Array, v: Array) -> Array:
    p = np.exp(x - special.logsumexp(x))
    return np.asarray(p * (v - p @ v))
