"""Laws over the tables of known slips of optimizers and of back-propagation."""

from typing import Any

import pytest

from parity_tests.oracle.known_wrong_steps import (
    HOPELESS_STEPS,
    STEP_SLIPS,
    TRAINING_SLIPS,
    HopelessStep,
    StepSlip,
    TrainingSlip,
    changed,
)
from scratch.models import mlp

SEEDS = range(1, 5)


def _id(entry: Any) -> str:
    return str(entry.id)


@pytest.mark.parametrize("slip", STEP_SLIPS, ids=_id)
def test_right_optimizer_matches(slip: StepSlip) -> None:
    report = slip.judge(slip.right)
    assert report.verdict == "match", report
    assert report.tally.controls


@pytest.mark.parametrize("slip", STEP_SLIPS, ids=_id)
def test_wrong_optimizer_is_refused_at_its_first_wrong_step(slip: StepSlip) -> None:
    report = slip.judge(slip.wrong)
    assert report.verdict == slip.verdict, report
    gravest = report.findings[0]
    assert (gravest.quantity, gravest.step) == (slip.quantity, slip.step), report
    assert slip.cause in (gravest.cause or ""), report


@pytest.mark.slow
@pytest.mark.parametrize("slip", STEP_SLIPS[::4], ids=_id)
def test_verdict_on_an_optimizer_does_not_depend_on_the_seed(slip: StepSlip) -> None:
    for seed in SEEDS:
        right, wrong = slip.judge(slip.right, seed), slip.judge(slip.wrong, seed)
        assert right.verdict == "match", right
        assert (wrong.verdict, wrong.findings[0].quantity) == (slip.verdict, slip.quantity), wrong


@pytest.mark.parametrize("hopeless", HOPELESS_STEPS, ids=_id)
def test_an_update_that_cannot_be_seen_is_inconclusive(hopeless: HopelessStep) -> None:
    report = hopeless.judge()
    assert report.verdict == "inconclusive", report


@pytest.mark.parametrize("seed", SEEDS)
def test_right_back_propagation_matches(seed: int) -> None:
    report = TRAINING_SLIPS[0].judge(mlp.value_and_grad, seed)
    assert report.verdict == "match", report
    assert report.tally.controls


@pytest.mark.parametrize("slip", TRAINING_SLIPS, ids=_id)
def test_wrong_back_propagation_is_refused_at_the_first_step(slip: TrainingSlip) -> None:
    for seed in (0, *SEEDS[:2]):
        report = slip.judge(slip.wrong, seed)
        assert report.verdict == "mismatch", report
        gravest = report.findings[0]
        assert (gravest.quantity, gravest.step) == (slip.quantity, 0), report
        assert slip.cause in (gravest.cause or ""), report


def test_a_change_of_text_that_the_source_does_not_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="no such line"):
        changed("scratch.optimizers.sgd", {"no such line": "pass"})
