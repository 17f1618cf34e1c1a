"""What a match covers: where the numbers at hand prove nothing, a report is inconclusive, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.coverage import GRADIENTS, VALUES, Coverage, Part

Array = NDArray[Any]
F = torch.nn.functional
X = np.random.default_rng(0).standard_normal((4, 3))


def _relu(x: Array) -> Array:
    return np.maximum(x, 0)


NOTHING: dict[str, tuple[Callable[[], gradtwin.Report], str]] = {
    "a batch without elements": (
        lambda: gradtwin.check(np.sin, lambda grad, x: grad * x, twin=torch.sin, inputs=[X[:0]]),
        "there are no elements",
    ),
    "units of which none is alive": (
        lambda: gradtwin.check(_relu, lambda grad, x: grad * _relu(x), twin=torch.relu, inputs=[-np.abs(X) - 1]),
        "every value is zero",
    ),
    "numbers that overflow": (
        lambda: gradtwin.check(np.exp, lambda grad, x: grad * np.exp(x) * x, twin=torch.exp, inputs=[X * 0 + 1e4]),
        "NaN or infinite",
    ),
    "numbers that overflow at the precision under test alone": (
        lambda: gradtwin.check(np.square, twin=torch.square, inputs=[np.full(3, 1e4, np.float16)]),
        "NaN or infinite",
    ),
    "a twin under no_grad": (
        lambda: gradtwin.check(np.sin, lambda grad, x: 0 * grad, twin=torch.no_grad()(torch.sin), inputs=[X]),
        "the twin has no gradient here",
    ),
    "a twin under no_grad beside a right gradient": (
        lambda: gradtwin.check(np.sin, lambda grad, x: grad * np.cos(x), twin=torch.no_grad()(torch.sin), inputs=[X]),
        "the twin has no gradient here",
    ),
    "the gradient of places": (
        lambda: gradtwin.check(lambda x: x.argmax(-1), lambda grad, x: 0 * x, twin=lambda x: x.argmax(-1), inputs=[X]),
        "the twin has no gradient here",
    ),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(("judge", "why"), NOTHING.values(), ids=NOTHING)
def test_where_nothing_is_proven_the_report_is_inconclusive(judge: Callable[[], gradtwin.Report], why: str) -> None:
    report = judge()
    assert report.verdict == "inconclusive", str(report)
    assert not report
    assert why in str(report)


DEFINED: dict[str, Callable[[], gradtwin.Report]] = {
    "zero by definition": lambda: gradtwin.check(np.round, lambda grad, x: 0 * grad, twin=torch.round, inputs=[X]),
    "a gradient that cancels": lambda: gradtwin.check(
        lambda x: x - x, lambda grad, x: grad - grad, twin=lambda x: x - x, inputs=[X]
    ),
    "an input that is only compared": lambda: gradtwin.check(
        lambda x, y: np.where(y > 0, x, 0),
        lambda grad, x, y: (np.where(y > 0, grad, 0), 0 * y),
        twin=lambda x, y: torch.where(y > 0, x, 0.0),
        inputs=[X, X[::-1].copy()],
    ),
}


@pytest.mark.parametrize("judge", DEFINED.values(), ids=DEFINED)
def test_zeros_by_definition_are_proven(judge: Callable[[], gradtwin.Report]) -> None:
    report = judge()
    assert report.ok, str(report)


def test_zeros_by_definition_that_are_none_are_refused() -> None:
    report = gradtwin.check(np.round, lambda grad, x: grad, twin=torch.round, inputs=[X])
    assert report.verdict != "match"


class Both(NamedTuple):
    x: Array
    y: Array


def test_a_gradient_that_nobody_asked_for_is_judged_all_the_same() -> None:
    def judge(factor: float) -> gradtwin.Report:
        return gradtwin.check(
            lambda x, y: x * y,
            lambda grad, x, y: Both(grad * y, factor * grad * x),
            twin=lambda x, y: x * y,
            inputs=[X, X[::-1].copy()],
            differentiable=["x"],
        )

    assert judge(1).ok
    assert [(f.verdict, f.quantity) for f in judge(2).findings] == [("mismatch", "gradient of y")]


def test_the_first_line_says_what_a_match_covers() -> None:
    values = gradtwin.check(np.sin, twin=torch.sin, inputs=[X])
    both = gradtwin.check(np.sin, lambda grad, x: grad * np.cos(x), twin=torch.sin, inputs=[X])
    assert "values only, no gradients" in str(values).splitlines()[0]
    assert "values and gradients of x" in str(both).splitlines()[0]
    assert {part["name"] for part in both.to_dict()["covers"]["proven"]} == {"output", "x"}


def test_what_one_part_proves_another_need_not() -> None:
    part, other = Part(VALUES, "output", "float32"), Part(GRADIENTS, "x", "float32")
    joined = Coverage.joined([Coverage((part,), {other: "zero"}), Coverage((other,), {part: "empty"})])
    assert joined == Coverage((part, other))
    assert Coverage.joined([Coverage(unproven={part: "empty"}), Coverage((part._replace(dtype="float64"),))]).unproven


def test_a_finding_of_two_precisions_stands_there_once() -> None:
    report = gradtwin.check(np.cos, twin=torch.sin, inputs=[X], dtypes=("float64", "float32"))
    assert [f.context for f in report.findings] == ["float64 and float32"]


COLUMNS = np.array([1.0, 0.5, 0.25], np.float16)


def halves(shape: tuple[int, ...]) -> Array:
    return np.random.default_rng(1).standard_normal(shape).astype(np.float16)


def test_half_precision_sums_are_imprecise_unless_they_are_declared() -> None:
    def judge(**how: Any) -> gradtwin.Report:
        return gradtwin.check(
            lambda x: np.square(x).sum(axis=0),
            twin=lambda x: x.square().sum(0),
            inputs=[halves((4096, 3)) * COLUMNS],
            **how,
        )

    assert judge().verdict == "imprecise"
    assert "accumulator_dtype='float16'" in str(judge())
    assert judge(accumulator_dtype="float16").ok


def test_a_wide_softmax_of_zeros_is_refused_in_half_precision() -> None:
    report = gradtwin.check(lambda x: 0 * x, twin=lambda x: torch.softmax(x, -1), inputs=[halves((2, 65536))])
    assert report.verdict == "mismatch"


@pytest.mark.parametrize("factor", [1.3, 0.7])
def test_a_factor_of_a_product_is_refused_in_half_precision(factor: float) -> None:
    a, b = halves((8, 4096)), halves((4096, 8))

    def forward(a: Array, b: Array) -> Array:
        return (factor * (a.astype(np.float32) @ b.astype(np.float32))).astype(np.float16)

    assert gradtwin.check(forward, twin=torch.matmul, inputs=[a, b]).verdict == "mismatch"


@pytest.mark.parametrize("function", [lambda x: 0 * x, lambda x: 0 * x.mean(-1)], ids=["softmax", "mean"])
def test_zeros_are_no_lower_precision(function: Callable[[Array], Array]) -> None:
    x = np.random.default_rng(2).standard_normal((4, 1000)).astype(np.float32)
    twin = (lambda x: torch.softmax(x, -1)) if function(x).ndim == 2 else (lambda x: x.mean(-1))
    assert gradtwin.check(function, twin=twin, inputs=[x]).verdict == "mismatch"


def test_the_sign_of_zeros_is_refused_on_request() -> None:
    def negative(grad: Array, x: Array) -> Array:
        return np.where(x > 0, grad, -0.0)

    def relu(**how: Any) -> gradtwin.Report:
        return gradtwin.check(lambda x: np.maximum(x, 0), negative, twin=torch.relu, inputs=[X], **how)

    assert relu().ok
    assert relu(signed_zeros="outputs").ok
    assert [f.quantity for f in relu(signed_zeros="gradients").findings] == ["gradient of x"]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_what_cancels_is_zero_by_definition_in_any_precision(dtype: str) -> None:
    report = gradtwin.check(
        lambda x: np.sum(x - x.mean(), dtype=x.dtype), twin=lambda x: (x - x.mean()).sum(), inputs=[X.astype(dtype)]
    )
    assert report.ok, str(report)
