"""`scripts/false-alarms` and `scripts/false-matches` count what they judge, print what is wrong, and can repeat it."""

import re
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest
from numpy.typing import NDArray

from gradtwin.core.coverage import Coverage
from gradtwin.core.report import Report
from gradtwin.project.trials import Trial
from parity_tests.rows import PAIRS
from scratch.activations import relu
from scripts.measure import false_alarms, false_matches
from scripts.measure.rounds import SIZES, draw_trial

RELU = "activations.relu"


def _grown(input: NDArray[Any]) -> Any:
    return relu.backward(input, input) * 1.001


def _matching(trial: Trial) -> Report:
    """Return the report of a trial as a judge that refuses nothing would write it."""
    return replace(trial.run(), findings=(), coverage=Coverage())


@pytest.mark.parametrize("command", [false_alarms, false_matches], ids=["right", "wrong"])
def test_checks_are_counted_until_there_are_so_many(command: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([RELU, "losses.mse_loss", "--checks", "40"]) == 0
    printed = re.search(r"^(\d+) checks in (\d+) trials", capsys.readouterr().out, re.MULTILINE)
    assert printed is not None
    assert int(printed[1]) >= 40
    assert int(printed[2]) > 2


def test_an_accusation_is_printed_once_and_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(relu, "forward", _grown)
    assert false_alarms.main([RELU, "--checks", "60", "--seed", "3"]) == 1
    said = capsys.readouterr().out
    first, *_ = accusations = re.findall(r"^accused: (.*)$", said, re.MULTILINE)
    assert len(set(accusations)) == len(accusations)
    repeat = re.findall(r"repeat: scripts/false-alarms (.*)$", said, re.MULTILINE)[0].split()
    assert false_alarms.main(repeat) == 1
    assert f"accused: {first}" in capsys.readouterr().out


def test_a_change_that_passes_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(false_matches, "quietly", _matching)
    assert false_matches.main(["losses.mse_loss", "--checks", "60"]) == 1
    assert re.search(r"^passed: scratch.losses.mse_loss:\d+: .*  ->  ", capsys.readouterr().out, re.MULTILINE)


def test_batches_have_other_sizes() -> None:
    (row,) = (row for row in PAIRS if row.name == RELU)
    sizes = {draw_trial(row, seed).size for seed in range(20)}
    assert len(sizes) > 10
    assert SIZES[0] <= min(sizes) < 1 < max(sizes) <= SIZES[1]
