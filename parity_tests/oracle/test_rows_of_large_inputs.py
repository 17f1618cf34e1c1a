"""Inputs too large for a twin are judged by some of their rows, of which the suspect's run is on all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.ops import rows

F = torch.nn.functional
LENGTH, WIDTH = 2**12, 8
BOUNDARY = 2**13
"""Where an index of this many bits would leave its range, here."""
X = np.random.default_rng(0).standard_normal((LENGTH, WIDTH)).astype(np.float32)
WEIGHT = np.random.default_rng(1).standard_normal((3, WIDTH)).astype(np.float32)


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the inputs here be too large."""
    monkeypatch.setattr(rows, "LARGE", 2**12)
    monkeypatch.setattr(rows, "SAMPLED", 2**10)
    monkeypatch.setattr(rows, "BOUNDARIES", (BOUNDARY,))


def gate(x: Any) -> Any:
    return x / (1 + np.exp(-x))


def slope(grad: Any, x: Any) -> Any:
    s = 1 / (1 + np.exp(-x))
    return grad * (s + x * s * (1 - s))


def below(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function whose index ends at the boundary: what lies beyond is never written."""

    def call(*arrays: Any) -> Any:
        y = function(*arrays)
        y.reshape(-1)[BOUNDARY:] = 0
        return y

    return call


def shifted_at_the_boundary(x: Any) -> Any:
    y = gate(x).ravel()
    y[BOUNDARY - 1 : BOUNDARY + 1] = y[:2]
    return y.reshape(x.shape)


def check(forward: Any, backward: Any = None, twin: Any = F.silu, *inputs: Any, **arguments: Any) -> Report:
    return gradtwin.check(forward, backward, twin=twin, inputs=inputs or [X], **arguments)


RIGHT: dict[str, Callable[[], Report]] = {
    "arrays": lambda: check(gate, slope),
    "tensors": lambda: check(lambda x: x * torch.sigmoid(x), None, F.silu, torch.from_numpy(X)),
    "a product": lambda: check(lambda x, w: x @ w.T, lambda grad, x, w: (grad @ w, None), F.linear, X, WEIGHT),
    "a normalization": lambda: check(
        lambda x: x / np.sqrt((x * x).mean(-1, keepdims=True)), None, lambda x: F.rms_norm(x, [WIDTH], eps=0.0)
    ),
}
WRONG: dict[str, tuple[Callable[[], Report], str]] = {
    "an index in a forward": (lambda: check(below(gate), slope), "output"),
    "an index in a backward": (lambda: check(gate, below(slope)), "gradient of x"),
    "two elements": (lambda: check(shifted_at_the_boundary), "output"),
    "a slope": (lambda: check(gate, lambda grad, x: grad / (1 + np.exp(-x))), "gradient of x"),
}


@pytest.mark.parametrize("judged", RIGHT.values(), ids=RIGHT)
def test_right_code_of_large_inputs_matches(judged: Callable[[], Report]) -> None:
    report = judged()
    assert report.ok, str(report)
    assert any(f"of {LENGTH} rows are judged" in note for note in report.notes)


@pytest.mark.parametrize(("judged", "quantity"), WRONG.values(), ids=WRONG)
def test_wrong_code_of_large_inputs_is_refused(judged: Callable[[], Report], quantity: str) -> None:
    report = judged()
    assert report.verdict == "mismatch", str(report)
    assert quantity in {finding.quantity for finding in report.findings}


def test_the_place_is_that_among_all_rows() -> None:
    (finding,) = check(shifted_at_the_boundary).findings
    assert finding.index is not None
    assert np.ravel_multi_index(finding.index, X.shape) in (BOUNDARY - 1, BOUNDARY)


def test_the_inputs_stay_as_they_were() -> None:
    before = X.copy()
    check(gate, slope)
    assert np.array_equal(X, before)
    assert X.flags.writeable


@pytest.mark.parametrize("twin", [lambda x: torch.softmax(x, 0), torch.sum, lambda x: x.T, lambda x: x - x.mean()])
def test_a_twin_of_which_rows_are_not_alone_is_refused(twin: Any) -> None:
    with pytest.raises(UsageError, match="a twin that treats every row alone"):
        check(lambda x: x, None, twin)


def test_a_gradient_of_what_has_no_rows_is_not_judged() -> None:
    report = check(lambda x, w: x @ w.T, lambda grad, x, w: (grad @ w, None), F.linear, X, WEIGHT)
    assert "gradients of w are not judged" in report.notes
