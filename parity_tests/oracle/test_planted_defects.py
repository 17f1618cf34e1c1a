"""Every rule of the oracle is needed: without it, a check that the rule decides is answered wrongly."""

from __future__ import annotations

import pytest

from parity_tests.oracle.planted import CONTROLS, DISPUTES, NUMBERS, Defect
from parity_tests.oracle.planted_alone import ALONE
from parity_tests.oracle.planted_calls import FORM, HISTORY, STATE
from parity_tests.oracle.planted_models import MODELS
from parity_tests.oracle.planted_training import TRAINING

DEFECTS = (*CONTROLS, *DISPUTES, *NUMBERS, *STATE, *HISTORY, *FORM, *MODELS, *TRAINING, *ALONE)


def test_rules_are_unique() -> None:
    assert len({defect.rule for defect in DEFECTS}) == len(DEFECTS)


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.rule)
def test_a_defect_is_seen(defect: Defect, monkeypatch: pytest.MonkeyPatch) -> None:
    assert defect.is_answered()
    monkeypatch.setattr(defect.where, defect.replacement)
    assert not defect.is_answered()
