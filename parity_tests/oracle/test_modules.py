"""Modules beside modules: parameters are inputs of both, buffers in training are outputs, and names must agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.report import Report

F = torch.nn.functional
X = torch.from_numpy(np.random.default_rng(0).standard_normal((5, 3))).float()
SEQUENCE = torch.from_numpy(np.random.default_rng(1).standard_normal((4, 1, 3))).float()


class Linear(torch.nn.Module):
    """A linear map whose gradients autograd makes, with numbers of its own."""

    def __init__(self, rows: int = 2) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.linspace(-1, 1, 3 * rows).reshape(rows, 3))
        self.bias = torch.nn.Parameter(torch.linspace(0, 1, rows))

    def forward(self, x: Any) -> Any:
        return x @ self.weight.T + self.bias


class BiasDetached(Linear):
    def forward(self, x: Any) -> Any:
        return x @ self.weight.T + self.bias.detach()


class WeightFromMemory(Linear):
    def forward(self, x: Any) -> Any:
        return x @ torch.linspace(-1, 1, 6, dtype=x.dtype).reshape(2, 3).T + self.bias


class WithABuffer(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("weight", torch.linspace(-1, 1, 6).reshape(2, 3))

    def forward(self, x: Any) -> Any:
        return x @ self.get_buffer("weight").T


class BatchNorm(torch.nn.Module):
    """Batch normalization with running statistics; `sample` divides their variance by n - 1, as torch does."""

    def __init__(self, momentum: float = 0.1, *, sample: bool = True) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(3))
        self.bias = torch.nn.Parameter(torch.zeros(3))
        self.register_buffer("running_mean", torch.zeros(3))
        self.register_buffer("running_var", torch.ones(3))
        self.momentum, self.sample = momentum, sample

    def forward(self, x: Any) -> Any:
        mean, var = self.get_buffer("running_mean"), self.get_buffer("running_var")
        if self.training:
            with torch.no_grad():
                self.running_mean = mean.lerp(x.mean(0), self.momentum)
                self.running_var = var.lerp(x.var(0, correction=int(self.sample)), self.momentum)
            mean, var = x.mean(0), x.var(0, correction=0)
        return (x - mean) * torch.rsqrt(var + 1e-5) * self.weight + self.bias


class Recurrent(torch.nn.LSTM):
    """The outputs of an LSTM, without its last state."""

    def __init__(self) -> None:
        super().__init__(3, 2)

    def forward(self, *inputs: Any) -> Any:
        return super().forward(*inputs)[0]


def check(suspect: Any, twin: Any, x: Any = X, **arguments: Any) -> Report:
    return gradtwin.check(suspect, twin=twin, inputs=[x], **arguments)


def called(module: Any) -> Callable[[Any], Any]:
    return lambda x: module(x)


def outputs_of(module: Any) -> Callable[[Any], Any]:
    return lambda x: module(x)[0]


def exported() -> Any:
    return torch.export.export(Linear(), (X,))


ALL = "values and gradients of x, weight, bias"
RIGHT: dict[str, tuple[Callable[[], Report], str]] = {
    "other numbers": (
        lambda: check(Linear(), torch.nn.Linear(3, 2)),
        "the numbers that the suspect has in weight, bias",
    ),
    "in float64": (lambda: check(Linear(), torch.nn.Linear(3, 2), X.double()), ALL),
    "in bfloat16": (lambda: check(Linear(), torch.nn.Linear(3, 2), X.bfloat16()), ALL),
    "with arrays": (lambda: check(Linear(), torch.nn.Linear(3, 2), X.numpy()), ALL),
    "by name": (lambda: gradtwin.check(Linear(), twin=Linear(), inputs={"x": X}), ALL),
    "a twin that calls a module": (lambda: check(Linear(), called(torch.nn.Linear(3, 2))), ALL),
    "compiled": (
        lambda: check(torch.compile(Linear(), backend="eager"), torch.nn.Linear(3, 2)),
        "gradients of args[0], weight, bias",
    ),
    "exported": (lambda: check(exported(), torch.nn.Linear(3, 2)), "read as  torch.export.ExportedProgram"),
    "parameters alone": (lambda: check(Linear(), torch.nn.Linear(3, 2), differentiable="bias"), "gradients of bias"),
    "statistics in training": (lambda: check(BatchNorm(), torch.nn.BatchNorm1d(3)), ALL),
    "statistics in evaluation": (lambda: check(BatchNorm().eval(), torch.nn.BatchNorm1d(3).eval()), ALL),
    "a recurrent one": (lambda: check(Recurrent(), outputs_of(torch.nn.LSTM(3, 2)), SEQUENCE), "weight_hh_l0"),
    "weights that the twin holds": (
        lambda: check(lambda x: x @ X[:2].T.to(x.dtype), lambda x: F.linear(x, X[:2]), X.double()),
        "values and gradients of x",
    ),
}
WRONG: dict[str, tuple[Callable[[], Report], str, str]] = {
    "a bias without a gradient": (
        lambda: check(BiasDetached(), torch.nn.Linear(3, 2)),
        "structure",
        "gradient of bias [float32, random cotangent]: is missing",
    ),
    "a weight that is not used": (
        lambda: check(WeightFromMemory(), torch.nn.Linear(3, 2)),
        "structure",
        "gradient of weight",
    ),
    "the variance of a population": (
        lambda: check(BatchNorm(sample=False), torch.nn.BatchNorm1d(3)),
        "mismatch",
        "buffer running_var",
    ),
    "another momentum": (lambda: check(BatchNorm(0.9), torch.nn.BatchNorm1d(3)), "mismatch", "buffer running_mean"),
    "a buffer for a parameter": (
        lambda: check(WithABuffer(), torch.nn.Linear(3, 2, bias=False)),
        "structure",
        "is a buffer of the suspect and a parameter of the twin: weight",
    ),
}


@pytest.mark.parametrize(("judged", "words"), RIGHT.values(), ids=RIGHT)
def test_right_modules_match(judged: Callable[[], Report], words: str) -> None:
    report = judged()
    assert report.ok, str(report)
    assert words in str(report)


@pytest.mark.parametrize(("judged", "verdict", "words"), WRONG.values(), ids=WRONG)
def test_wrong_modules_are_refused(judged: Callable[[], Report], verdict: str, words: str) -> None:
    report = judged()
    assert report.verdict == verdict, str(report)
    assert words in str(report)


@pytest.mark.parametrize("twin", [lambda x: F.linear(x, Linear().weight.to(x.dtype)), torch.nn.Linear(3, 4)])
def test_parameters_that_the_twin_does_not_show_are_listed(twin: Any) -> None:
    assert any("weight" in note and "not judged" in note for note in check(Linear(), twin).notes)


def test_both_sides_keep_their_numbers() -> None:
    suspect, twin = BatchNorm(), torch.nn.BatchNorm1d(3)
    with torch.no_grad():
        twin.weight.mul_(2)
    check(suspect, twin)
    assert torch.equal(suspect.weight, torch.ones(3))
    assert torch.equal(twin.weight, torch.full((3,), 2.0))
    assert not torch.any(suspect.get_buffer("running_mean"))
    assert int(twin.get_buffer("num_batches_tracked")) == 0
