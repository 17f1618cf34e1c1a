"""Training runs: what the two modes see that the other does not, and how far a free run proves anything."""

from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.bound import HANDOVER
from gradtwin.training import verdict
from scratch.optimizers import sgd

STEPS = 60


def _chaotic(theta: Any) -> Any:
    """Return the loss whose unit gradient step is the logistic map, theta <- 4 theta (1 - theta)."""
    return theta * theta / 2 - 2 * theta * theta + 4 * theta * theta * theta / 3


def _value_and_grad(params: Any) -> Any:
    (theta,) = params
    return np.sum(_chaotic(theta)), [theta - 4 * theta * (1 - theta)]


def _judge(value_and_grad: Any = _value_and_grad, dtype: str = "float32", steps: int = STEPS) -> gradtwin.Report:
    return gradtwin.check_training(
        value_and_grad,
        sgd,
        twin=lambda params: _chaotic(params[0]).sum(),
        twin_optimizer=torch.optim.SGD,
        params={"theta": np.array([0.2, 0.3, 0.7])},
        batches=[()] * steps,
        options={"lr": 1.0},
        dtypes=(dtype,),
        name="logistic map",
    )


def test_a_chaotic_run_has_a_horizon_and_lockstep_goes_on_to_its_end() -> None:
    single, double = _judge(), _judge(dtype="float64")
    assert single.ok, str(single)
    assert double.ok, str(double)
    first, later = single.tally.horizons["float32"], double.tally.horizons["float64"]
    assert first is not None
    assert later is not None
    assert 10 < first < later < STEPS
    assert single.tally.steps == STEPS + first + 2 * HANDOVER
    assert f"proves nothing from step {first} on" in str(single)


def test_a_short_run_proves_to_its_end() -> None:
    assert _judge(steps=5).tally.horizons == {"float32": None}


def test_a_suspect_may_return_no_loss_and_a_note_says_that_none_is_judged() -> None:
    report = _judge(lambda params: (None, _value_and_grad(params)[1]), steps=5)
    assert report.ok, str(report)
    assert "the suspect returns no loss, and none is judged" in report.notes
    wrong = _judge(lambda params: (None, [1.001 * g for g in _value_and_grad(params)[1]]), steps=5)
    assert wrong.verdict == "mismatch"
    assert not any("no loss" in note for note in _judge(steps=5).notes)


@pytest.mark.parametrize("late", [0, 7, 50])
def test_a_mistake_behind_the_horizon_is_caught_in_lockstep_and_its_step_is_named(late: int) -> None:
    calls: list[None] = []

    def wrong(params: Any) -> Any:
        loss, (grad,) = _value_and_grad(params)
        calls.append(None)
        step = (len(calls) - 1) // 2 if len(calls) <= 4 else len(calls) - 3  # the first two steps are run twice
        return loss, [grad * (1 + 1e-4 * (step >= late))]

    report = _judge(wrong)
    assert report.verdict == "mismatch"
    assert (report.findings[0].quantity, report.findings[0].step) == ("gradient of theta", late)


@pytest.mark.parametrize(("wrong_from", "expected"), [(4, "mismatch"), (5, "crash"), (STEPS, "crash")])
def test_a_mistake_comes_before_the_failure_of_a_later_step(wrong_from: int, expected: str) -> None:
    """Steps 3 to 6 are judged at once; step 5 raises."""
    counts = iter([0, 0, 1, 1, *range(2, STEPS)])  # the first two steps are run twice

    def failing(params: Any) -> Any:
        loss, (grad,) = _value_and_grad(params)
        step = next(counts)
        if step == 5:
            raise ZeroDivisionError("division by zero")
        return loss, [grad * (1 + 1e-4 * (step >= wrong_from))]

    report = _judge(failing, steps=8)
    assert report.verdict == expected, report
    assert report.findings[0].step == (wrong_from if expected == "mismatch" else None)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_steps_that_are_judged_at_once_are_judged_as_alone(dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    together = _judge(dtype=dtype, steps=20)
    monkeypatch.setattr(verdict, "hold_rows", lambda quantity, got, e, controls: [None] * len(got))
    alone = _judge(dtype=dtype, steps=20)
    assert together.tally.checks == alone.tally.checks
    assert together.tally.controls == alone.tally.controls
    assert (together.verdict, together.tally.horizons) == (alone.verdict, alone.tally.horizons)
    assert together.tally.worst == alone.tally.worst
