"""A twin that raises, draws random numbers or has no such precision is named, and the suspect is not accused."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError

X = np.random.default_rng(0).standard_normal((4, 3))
WIDE = torch.from_numpy(np.random.default_rng(1).standard_normal((3, 2)))
CALLS = itertools.count()


class Unfinished(torch.autograd.Function):
    """Has no backward yet."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        return torch.sin(x)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> torch.Tensor:
        raise KeyError("saved")


def fussy(x: torch.Tensor) -> torch.Tensor:
    if x.shape[0] != 5:
        raise RuntimeError("five rows, please")
    return x


def judge(twin: Callable[..., Any], *, dtypes: tuple[str, ...] | None = None, inputs: Any = (X,)) -> gradtwin.Report:
    def backward(grad: Any, x: Any) -> Any:
        return grad * np.cos(x)

    return gradtwin.check(np.sin, backward, twin=twin, inputs=inputs, dtypes=dtypes)


def halfless(x: torch.Tensor) -> torch.Tensor:
    if x.dtype is torch.float16:
        raise NotImplementedError('"sin" not implemented for Half')
    return torch.sin(x)


ERRORS: dict[str, tuple[Callable[[], Any], list[str]]] = {
    "its forward raises": (lambda: judge(fussy), ["twin", "fussy", "RuntimeError: five rows, please", __file__]),
    "its backward raises": (lambda: judge(Unfinished.apply), ["twin", "backward", "KeyError", "saved", __file__]),
    "it has no float16": (lambda: judge(halfless, dtypes=("float16",)), ["twin", "float16", "float64, float32"]),
    "it holds float64 and is asked for float32": (
        lambda: judge(lambda x: x @ WIDE, dtypes=("float32",)),
        ["twin", "float32", "as it does in float64"],
    ),
    "it holds float32 and there is no truth": (
        lambda: judge(lambda x: x @ torch.eye(3)),
        ["twin", "float64", "as it does in float32", "the dtype of its inputs"],
    ),
    "it returns a number": (lambda: judge(lambda x: 3.0), ["twin", "tensor", "float"]),
    "it returns nothing": (lambda: judge(lambda x: None), ["twin", "tensor", "none"]),
    "it returns a set": (lambda: judge(lambda x: {3.0}), ["twin", "tensor", "set"]),
    "it returns an array": (lambda: judge(lambda x: np.ones(3)), ["twin", "tensor", "ndarray"]),
}


@pytest.mark.parametrize(("call", "words"), ERRORS.values(), ids=ERRORS)
def test_a_twin_that_cannot_be_run_is_named(call: Callable[[], Any], words: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        call()
    assert [word for word in words if word not in str(caught.value)] == [], caught.value


def test_no_precision_is_named_where_none_is_to_blame() -> None:
    with pytest.raises(UsageError) as caught:
        judge(lambda x: 3.0)
    assert "float64" not in str(caught.value)


def test_the_error_of_the_twin_is_kept() -> None:
    with pytest.raises(UsageError) as caught:
        judge(fussy)
    assert isinstance(caught.value.__cause__, RuntimeError)


@pytest.mark.parametrize(
    ("twin", "words"),
    [
        (torch.nn.Dropout(0.05), "is random"),
        (lambda x: torch.sin(x + torch.rand(())), "is random"),
        (lambda x: torch.sin(x) + next(CALLS), "when it is called again"),
        (lambda x: torch.sin(x) + float(np.random.default_rng().random()), "when it is called again"),
    ],
    ids=["dropout in training mode", "torch's random numbers", "a counter", "NumPy's random numbers"],
)
def test_a_twin_that_answers_by_chance_accuses_nobody(twin: Callable[..., Any], words: str) -> None:
    report = judge(twin)
    assert report.verdict == "inconclusive"
    assert [f.quantity for f in report.findings] == ["twin"]
    assert words in str(report)


def test_a_twin_that_draws_what_does_not_matter_is_taken() -> None:
    assert judge(lambda x: torch.sin(x) + 0 * torch.rand(())).ok
    assert judge(torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Tanh()).eval()).verdict == "mismatch"


def test_a_crash_of_the_suspect_tells_file_and_line() -> None:
    def forward(x: Any) -> Any:
        return np.linalg.solve(x, x)  # not square

    report = gradtwin.check(forward, twin=torch.sin, inputs=[X])
    line = forward.__code__.co_firstlineno + 1
    assert report.verdict == "crash"
    assert f"at {__file__}:{line} in forward" in str(report)
