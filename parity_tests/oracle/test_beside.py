"""The error beside the twin's own: the number in every report, and what accepts an algorithm that is as good."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.beside import beside
from gradtwin.core.bound import precision
from gradtwin.core.truth import Expectation

Array = NDArray[Any]
F = torch.nn.functional
TRUTH = np.array([1.0, 2.0, -4.0, 0.0])
P = precision("float32")


def _beside(errors: list[float], of_twin: list[float]) -> Any:
    native = (TRUTH + np.array(of_twin)).astype(P.name)
    return beside((TRUTH + np.array(errors)).astype(P.name), Expectation(TRUTH, np.zeros(4), native, P))


def test_errors_are_compared_at_their_largest_and_in_the_root_of_their_mean_square() -> None:
    unit = 2.0**-20
    assert _beside([2 * unit, 0, 0, 0], [unit, 0, 0, 0]) == (2, 2)
    assert _beside([2 * unit, 0, 0, 0], [0, unit, -unit, unit]) == (2, 1 / math.sqrt(0.75))
    assert _beside([0, 0, 0, 0], [0, 0, 0, 0]) == (1, 1)
    assert _beside([unit, 0, 0, 0], [0, 0, 0, 0]) == (math.inf, math.inf)
    assert _beside([math.nan, unit, 0, 0], [0, unit, 0, 0]) == (1, 1)
    exact = Expectation(TRUTH, np.zeros(4), TRUTH, precision("float64"))
    assert beside(TRUTH, exact) is None
    assert beside(TRUTH, dataclasses.replace(exact, precision=P, exact=True)) is None


def test_every_report_has_the_number_in_a_precision_that_has_a_finer_one() -> None:
    x = np.random.default_rng(0).standard_normal((8, 16)).astype(np.float32)

    def forward(x: Array) -> Array:
        e = np.exp(x - x.max(-1, keepdims=True))
        return np.asarray(e / e.sum(-1, keepdims=True))

    def backward(grad: Array, x: Array) -> Array:
        y = forward(x)
        return np.asarray(y * (grad - (grad * y).sum(-1, keepdims=True)))

    report = gradtwin.check(forward, backward, twin=lambda x: torch.softmax(x, -1), inputs=[x])
    assert report.ok
    ((p, errors),) = report.tally.beside.items()
    assert (p, list(errors)) == ("float32", ["output", "gradient of x"])
    assert all(0.2 < number < 5 for pair in errors.values() for number in pair)
    assert "error    float32, in the twin's own: output " in str(report)
    wide = gradtwin.check(forward, backward, twin=lambda x: torch.softmax(x, -1), inputs=[x.astype(np.float64)])
    assert wide.ok
    assert not wide.tally.beside


def _coarse_tanh(x: Any) -> Any:
    """Return tanh rounded to eleven digits after the point, and its exact gradient."""
    y = torch.tanh(x)
    return y + (torch.round(y * 2048) / 2048 - y).detach() if y.dtype != torch.float64 else y


X = np.random.default_rng(1).standard_normal(256).astype(np.float32)


def _as_coarse(x: Array) -> Array:
    """Round otherwise than the twin, by as much."""
    y = np.tanh(x.astype(np.float64))
    return np.asarray(y + (np.round(y * 2048) / 2048 - y) * -1, x.dtype)


def _coarser(x: Array) -> Array:
    return np.asarray(np.tanh(x) + 3 * (np.round(np.tanh(x) * 2048) / 2048 - np.tanh(x)))


WORSE: dict[str, Any] = {"three times as coarse": _coarser, "zeros": np.zeros_like}


def test_what_is_as_good_as_the_twin_is_accepted_by_name_alone() -> None:
    refused = gradtwin.check(_as_coarse, twin=_coarse_tanh, inputs=[X])
    assert not refused.ok
    assert max(refused.tally.beside["float32"]["output"]) < 2
    report = gradtwin.check(_as_coarse, twin=_coarse_tanh, inputs=[X], accept="as good as the twin")
    assert report.ok, str(report)
    assert any("with an error like the twin's own, which is accepted" in note for note in report.notes)


@pytest.mark.parametrize("name", WORSE)
def test_what_is_worse_than_the_twin_is_not_accepted(name: str) -> None:
    report = gradtwin.check(WORSE[name], twin=_coarse_tanh, inputs=[X], accept="as good as the twin")
    assert not report.ok


def test_a_twin_that_is_nothing_but_error_accepts_nothing() -> None:
    def lost(x: Any) -> Any:
        return torch.tanh(x) if x.dtype == torch.float64 else torch.zeros_like(x)

    for suspect in ("zeros", "half of it"):
        factor = np.float32(suspect != "zeros") / 2
        report = gradtwin.check(lambda x, f=factor: f * np.tanh(x), twin=lost, inputs=[X], accept="as good as the twin")
        assert not report.ok
