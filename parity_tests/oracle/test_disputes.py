"""Laws over code beside twins that are no plain truth: the verdict, and the words that say why."""

import sys

import pytest

from parity_tests.oracle.disputes import JUDGEMENTS, Judgement


def _id(judgement: Judgement) -> str:
    return judgement.id


def test_ids_are_unique() -> None:
    assert len({j.id for j in JUDGEMENTS}) == len(JUDGEMENTS)


@pytest.mark.parametrize("judgement", JUDGEMENTS, ids=_id)
def test_verdict_is_that_of_a_reader_who_knows_both(judgement: Judgement) -> None:
    report = judgement.judge()
    assert report.verdict == judgement.verdict, report
    assert [word for word in judgement.words if word not in str(report)] == [], report


@pytest.mark.parametrize("judgement", JUDGEMENTS, ids=_id)
def test_verdict_does_not_need_certified_arithmetic(judgement: Judgement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    report = judgement.judge()
    assert report.verdict == judgement.verdict, report
