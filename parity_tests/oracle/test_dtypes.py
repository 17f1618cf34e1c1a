"""At which precision is judged, and what becomes of a result in another dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import gradtwin

X = np.random.default_rng(0).standard_normal((4, 3))


def judge(inputs: Any, **how: Any) -> gradtwin.Report:
    return gradtwin.check(lambda x: 2 * x, lambda grad, x: 2 * grad, twin=lambda x: 2 * x, inputs=inputs, **how)


@pytest.mark.parametrize(
    ("inputs", "dtypes"),
    [
        ([X], ["float64"]),
        ([X.astype("float32")], ["float32"]),
        ([X.astype("float16")], ["float16"]),
        ([X.astype("longdouble")], ["float64"]),
        ([X.tolist()], ["float64"]),
        ([0.5], ["float64"]),
        ({"x": X.astype("float32")}, ["float32"]),
        (lambda rng: [rng.standard_normal(5, dtype="float32")], ["float32"]),
    ],
    ids=["float64", "float32", "float16", "longdouble", "a list", "a number", "by name", "drawn"],
)
def test_no_dtypes_are_those_of_the_inputs(inputs: Any, dtypes: list[str]) -> None:
    report = judge(inputs)
    assert report.ok, str(report)
    assert list(report.tally.worst) == dtypes


@pytest.mark.parametrize(
    ("other", "dtype"),
    [(X, "float64"), (X.astype("float16"), "float32"), (0.5, "float32"), ([0.5, 1.0, 2.0], "float32")],
    ids=["a wider one", "a narrower one", "a number", "a list"],
)
def test_of_several_inputs_the_widest_array_decides(other: Any, dtype: str) -> None:
    report = gradtwin.check(
        lambda x, y: x * y,
        twin=lambda x, y: x * y,
        inputs=[X.astype("float32"), other],
    )
    assert report.ok, str(report)
    assert list(report.tally.worst) == [dtype]


def test_integers_alone_are_judged_in_float64() -> None:
    report = gradtwin.check(lambda i: i / 2.0, twin=lambda i: i.double() / 2, inputs=[np.arange(5)])
    assert list(report.tally.worst) == ["float64"]


@pytest.mark.parametrize("dtypes", [[np.float32], [np.dtype("float32")], [torch.float32], ["float32", np.float32]])
def test_types_of_numpy_and_torch_are_read(dtypes: Any) -> None:
    assert list(judge([X], dtypes=dtypes).tally.worst) == ["float32"]


def widened(factor: float, **how: Any) -> gradtwin.Report:
    """Judge a function and its gradient, both of which return float64 whatever they are given."""
    return gradtwin.check(
        lambda x: x * np.full(3, factor),
        lambda grad, x: grad * np.full(3, factor),
        twin=lambda x: 2 * x,
        inputs=[X.astype("float32")],
        **how,
    )


@pytest.mark.parametrize("how", [{}, {"dtypes": ("float32",)}], ids=["by the inputs", "by name"])
def test_a_wider_result_is_a_fault_where_the_precision_was_asked_for(how: Any) -> None:
    report = widened(2.0, **how)
    assert {(f.verdict, f.quantity) for f in report.findings} == {
        ("structure", "output"),
        ("structure", "gradient of x"),
    }
    assert report.tally.checks == 2


def test_a_wider_result_is_a_note_where_nobody_asked_for_the_precision() -> None:
    def forward(rows: Any) -> Any:
        return rows * np.full(3, 2.0, np.longdouble)

    report = gradtwin.check(forward, twin=lambda rows: rows.double() * 2, inputs=[np.arange(3)])
    assert report.ok, str(report)
    assert "output has dtype longdouble where the twin has float64" in str(report).replace("float128", "longdouble")


@pytest.mark.parametrize("how", [{}, {"dtypes": ("float32",)}], ids=["not asked for", "asked for"])
def test_a_wider_result_is_judged_all_the_same(how: Any) -> None:
    findings = {(f.verdict, f.quantity) for f in widened(2.0 + 1e-4, **how).findings}
    assert {("mismatch", "output"), ("mismatch", "gradient of x")} <= findings


@pytest.mark.parametrize("kind", ["float16", "int64"])
def test_a_narrower_result_is_a_fault_always(kind: str) -> None:
    report = gradtwin.check(
        lambda x: (2 * x).astype(kind), twin=lambda x: 2 * x, inputs=[np.arange(5, dtype="float32")]
    )
    assert [f.verdict for f in report.findings] == ["structure"]
    assert report.tally.checks == 1


def test_complex_numbers_are_not_compared() -> None:
    report = gradtwin.check(lambda x: x + 1j, twin=lambda x: 1 * x, inputs=[X])
    assert (report.verdict, report.tally.checks) == ("structure", 0)
