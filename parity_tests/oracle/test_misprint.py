"""Misprints: what is printed must be refused as its row says, or the pair fails; the table tells of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from gradtwin.core.conditions import Conditions
from gradtwin.face.table import details
from gradtwin.project.runner import judge
from gradtwin.project.trials import Trial
from gradtwin.rows import Misprint, Op
from parity_tests.rows import PAIRS

ROWS = {row.name: row for row in PAIRS if isinstance(row, Op) and row.misprints}
ROW = ROWS["errata.least_squares_1d"]
P04, P05 = ROW.misprints
FLOAT64 = Conditions(("float64",))
MISPRINTS = [(row, misprint) for row in ROWS.values() for misprint in row.misprints]


def _refusal(row: Op, misprint: Misprint, seed: int = 0) -> Trial:
    return next(trial for trial in row.trials(replace(FLOAT64, seed=seed)) if trial.case is misprint)


def _said(row: Op) -> Sequence[str]:
    return list(details([judge(row, FLOAT64, lambda trial: None)]))


@pytest.mark.parametrize(("row", "misprint"), MISPRINTS, ids=lambda x: x.name)
def test_what_is_printed_is_refused_and_what_is_correct_matches(row: Op, misprint: Misprint) -> None:
    result = judge(row, Conditions(), lambda trial: None)
    assert result.report.ok, str(result.report)
    (finding,) = [f for f in result.report.refused if f.context == misprint.name]
    assert (finding.verdict, finding.quantity) == (misprint.verdict, misprint.quantity)


@pytest.mark.parametrize("seed", range(5))
def test_a_misprint_is_refused_on_any_numbers(seed: int) -> None:
    for row, misprint in MISPRINTS:
        assert _refusal(row, misprint, seed).run().ok


@pytest.mark.parametrize(
    ("misprint", "seen"),
    [
        (replace(P05, backward="backward"), "the verdict is match, of nothing"),
        (replace(P05, quantity="output"), "the verdict is mismatch, of gradient of weight"),
        (replace(P05, verdict="structure"), "must be refused as structure of gradient of weight"),
    ],
    ids=["it is right", "another place", "another verdict"],
)
def test_a_misprint_that_is_not_refused_as_it_must_be_fails_the_pair(misprint: Misprint, seen: str) -> None:
    row = replace(ROW, misprints=(misprint,))
    report = _refusal(row, misprint).run()
    assert report.verdict == "mismatch"
    assert seen in str(report)
    assert "NOT refused as it must be" in "\n".join(_said(row))


def test_the_table_puts_what_is_printed_beside_what_is_correct() -> None:
    text = "\n".join(_said(ROW))
    assert "printed error: P04  lecture E, expansion of the 1-D loss\n" in text
    assert f"as printed  {P05.printed}: mismatch of gradient of weight, off by " in text
    assert f"correct     {P05.correct}: match in 4 trials\n" in text
    assert "printed error" not in "\n".join(_said(replace(ROW, misprints=())))
