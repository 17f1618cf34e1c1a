"""Laws over code beside twins that are no plain truth: the verdict, and the words that say why."""

import sys

import numpy as np
import pytest
import torch

import gradtwin
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


@pytest.mark.slow
@pytest.mark.parametrize("judgement", JUDGEMENTS, ids=_id)
def test_verdict_does_not_need_certified_arithmetic(judgement: Judgement, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "flint", None)
    report = judgement.judge()
    assert report.verdict == judgement.verdict, report


def test_a_dispute_at_other_inputs_than_the_given_ones_is_a_note() -> None:
    def twin(x: torch.Tensor) -> torch.Tensor:
        y = x.square()
        return torch.where(x > 0.2, y.detach(), y)

    x = np.random.default_rng(0).uniform(0.01, 0.1, (4, 3))
    report = gradtwin.check(np.square, lambda grad, x: 2 * x * grad, twin=twin, inputs=[x])
    assert report.ok, str(report)
    assert any("at other inputs" in note for note in report.notes)
    where_cut = gradtwin.check(np.square, lambda grad, x: 2 * x * grad, twin=twin, inputs=[x + 0.3])
    assert where_cut.verdict == "disputed"
