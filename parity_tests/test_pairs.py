"""The laws that hold for every declared pair."""

import pytest

from gradtwin.core.conditions import Conditions
from gradtwin.families import EVERY, FAMILIES
from gradtwin.project.trials import Trial
from gradtwin.rows import Case, Op, Refusal, Row, Training
from parity_tests.rows import PAIRS

STEPS = 5
SAMPLE_SEEDS = (1,)

LAYOUTS = ("strided", "read-only", "zero-dimensional", "empty")
"""Families of which the precision is not the point: tried in float64 here, and in both by `scripts/verify`."""

TRIALS = [
    trial
    for row in PAIRS
    for trial in row.trials(Conditions(), STEPS)
    if trial.dtype == "float64" or trial.family not in LAYOUTS
]


def _is_quick(trial: Trial) -> bool:
    """Return whether a trial is run each time: all in float64, and in float32 those of ordinary numbers."""
    return trial.dtype == "float64" or trial.family in ("", "typical")


BY_COST = [trial if _is_quick(trial) else pytest.param(trial, marks=pytest.mark.slow) for trial in TRIALS]


@pytest.mark.parametrize("trial", BY_COST, ids=lambda t: "-".join((t.id, *t.row.tags)))
def test_scratch_matches_its_twin(trial: Trial) -> None:
    report = trial.run()
    assert not report.findings, str(report)  # what a trial cannot prove, such as one without elements, another does
    assert not [note for note in report.notes if " warns: " in note]
    assert report.tally.checks > 0
    assert report.tally.controls > 0 or trial.family == "empty" or isinstance(trial.case, Refusal)


@pytest.mark.slow
@pytest.mark.parametrize("row", [r for r in PAIRS if not isinstance(r, Training)], ids=lambda r: r.name)
def test_no_false_alarm_on_other_seeds(row: Row) -> None:
    for seed in SAMPLE_SEEDS:
        for trial in _sample(row, seed):
            report = trial.run()
            assert not report.findings, str(report)


@pytest.mark.parametrize("row", [r for r in PAIRS if isinstance(r, Op)], ids=lambda r: r.name)
def test_a_row_is_tried_on_all_that_it_can_take(row: Op) -> None:
    tried = {family for case in row.cases for family in case.families}
    assert tried <= set(FAMILIES)
    least = {"typical", "strided", "read-only", "zero-dimensional", "empty"}
    assert least <= tried | set(row.omitted) or not row.gradient
    assert not tried & set(row.omitted)
    assert ("kinks" in tried) == bool(row.kinks)
    if row.name.startswith(("activations.", "losses.")):
        assert set(EVERY) - tried == set(row.omitted)


def test_trials_have_ids_of_their_own() -> None:
    ids = [trial.id for trial in TRIALS]
    assert len(set(ids)) == len(ids)


def _sample(row: Row, seed: int) -> list[Trial]:
    """Return a few of the row's trials, other ones for each seed."""
    every = [t for t in row.trials(Conditions(seed=seed)) if isinstance(t.case, Case)]
    return every[seed :: max(len(every) // 3, 1)]
