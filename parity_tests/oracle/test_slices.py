"""Large arrays are run slice by slice where a twin treats every row alone, and nowhere else."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.bound import FIRST_LOOK
from gradtwin.core.conditions import Conditions
from gradtwin.ops import slices, truth
from gradtwin.ops.problem import Problem
from gradtwin.ops.truth import OpTruth

Array = NDArray[Any]
ROWS = 4096
RUNS = 16
X = np.random.default_rng(0).standard_normal((ROWS, 3))
WEIGHT = np.random.default_rng(1).standard_normal((3, 3))


def _softmax(x: Any) -> Any:
    return torch.softmax(x, -1)


@pytest.fixture(autouse=True)
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the arrays here be large ones."""
    monkeypatch.setattr(truth, "SLICED", ROWS)
    monkeypatch.setattr(truth, "STACK", 0)
    monkeypatch.setattr(slices, "SLICE", ROWS)
    monkeypatch.setattr(slices, "SAMPLE", 64)


def _truth(twin: Callable[..., Any], *inputs: Array) -> OpTruth:
    subject = Problem(twin, twin, twin, inputs, {}).subject("float32", Conditions(name="slices"))
    return subject.truth(subject.cotangents([x.shape for x in subject.native.answer(()).outputs]))


def _is_sliced(answers: OpTruth) -> bool:
    e = answers.output(0).first()
    assert e is not None
    assert np.any(e.spread)
    return all(len(parts) > 1 for parts in answers._sliced.values())


@pytest.mark.parametrize("twin", [torch.tanh, _softmax], ids=["elementwise", "by rows"])
def test_a_twin_that_treats_every_row_alone_is_run_in_slices(
    twin: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    sliced = _truth(twin, X)
    assert _is_sliced(sliced)
    monkeypatch.setattr(truth, "SLICED", ROWS**2)
    whole = _truth(twin, X)
    for place in range(3):
        choice = None if place == 0 else place - 1
        mine, other = sliced.expectation(place, choice, RUNS), whole.expectation(place, choice, RUNS)
        if choice == 1:  # the cotangents are zeros
            continue
        assert mine is not None
        assert other is not None
        np.testing.assert_array_equal(mine.truth, other.truth)
        assert 0.9 < np.mean(mine.spread) / np.mean(other.spread) < 1.1
        assert 0.8 < np.min(mine.spread / other.spread) / np.min(other.spread / mine.spread) < 1.25
    assert all(parts[0][0] is truth.ALL for parts in whole._sliced.values())


COUPLED: dict[str, tuple[Callable[..., Any], tuple[Array, ...]]] = {
    "a mean of all": (lambda x: torch.tanh(x - x.mean(0)), (X,)),
    "a weight for all": (lambda x, w: x @ w, (X, WEIGHT)),
    "the row before": (lambda x: torch.tanh(x + torch.roll(x, 1, 0)), (X,)),
    "a sum of all": (lambda x: torch.tanh(x).sum(), (X,)),
    "an axis of another length": (lambda x: torch.tanh(x).T, (X,)),
    "whole numbers in one slice": (torch.tanh, (np.concatenate([X[: ROWS // 2].round(), X[ROWS // 2 :]]),)),
    "numbers up to 1 in one slice": (torch.tanh, (np.concatenate([np.tanh(X[: ROWS // 2]), X[ROWS // 2 :]]),)),
}


@pytest.mark.parametrize("name", COUPLED)
def test_a_twin_whose_rows_or_numbers_differ_in_kind_is_run_whole(name: str) -> None:
    twin, inputs = COUPLED[name]
    assert not _is_sliced(_truth(twin, *inputs))


def test_a_closer_look_is_one_at_the_rows_that_ask_for_it() -> None:
    look = _truth(_softmax, X).output(0)
    before = look.first()
    assert before is not None
    places = np.zeros(X.shape, bool)
    places[7, 1] = True
    after = look.closer(places)
    assert after is not None
    wider = np.flatnonzero(np.any(after.spread > before.spread, axis=1))
    assert 7 in wider
    assert set(wider) <= set(slices.around(places).tolist())
    assert np.all(after.spread >= before.spread)
    everywhere = look.closer(np.ones(X.shape, bool))
    assert everywhere is not None
    assert np.count_nonzero(everywhere.spread > after.spread) > ROWS


@pytest.mark.parametrize("factor", [1.0, 1 + 1e-5])
def test_one_wrong_element_of_a_large_array_is_refused(factor: float) -> None:
    def forward(x: Array) -> Array:
        y = np.tanh(x)
        y[1234, 2] *= factor
        return y

    report = gradtwin.check(forward, twin=torch.tanh, inputs=[X], dtypes=("float32",))
    assert report.verdict == ("match" if factor == 1 else "mismatch")
    assert [f.index for f in report.findings] == ([] if factor == 1 else [(1234, 2)])


def test_the_first_look_is_as_many_runs_of_every_answer() -> None:
    answers = _truth(_softmax, X)
    answers.gradient(0, 0).first()
    assert answers._runs == {None: FIRST_LOOK, 0: FIRST_LOOK, 2: FIRST_LOOK}
