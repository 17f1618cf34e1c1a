"""Laws over the table of known slips: the right version matches, the wrong one is refused for the right reason."""

from typing import Any

import pytest

from parity_tests.oracle.known_wrong import FORMS, GRADIENTS, HOPELESS, SLIPS, VALUES, WAYS, Hopeless, Slip

SEEDS = range(1, 5)
SAMPLE = (*GRADIENTS[::5], *VALUES[::4], *WAYS[::4], *FORMS[::4])


def _id(entry: Any) -> str:
    return str(entry.id)


def test_ids_are_unique() -> None:
    ids = [*(s.id for s in SLIPS), *(h.id for h in HOPELESS)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("slip", SLIPS, ids=_id)
def test_right_version_matches(slip: Slip) -> None:
    report = slip.judge(slip.right)
    assert report.verdict == "match", report
    assert report.tally.controls


@pytest.mark.parametrize("slip", SLIPS, ids=_id)
def test_wrong_version_is_refused_with_its_verdict_quantity_and_cause(slip: Slip) -> None:
    report = slip.judge(slip.wrong)
    assert report.verdict == slip.verdict, report
    gravest = report.findings[0]
    assert gravest.quantity == slip.blamed, report
    assert slip.cause in (gravest.cause or ""), report


@pytest.mark.slow
@pytest.mark.parametrize("slip", SAMPLE, ids=_id)
def test_verdict_does_not_depend_on_the_seed(slip: Slip) -> None:
    for seed in SEEDS:
        right, wrong = slip.judge(slip.right, seed), slip.judge(slip.wrong, seed)
        assert right.verdict == "match", right
        assert (wrong.verdict, wrong.findings[0].quantity) == (slip.verdict, slip.blamed), wrong


@pytest.mark.parametrize("hopeless", HOPELESS, ids=_id)
def test_a_check_that_proves_nothing_is_inconclusive(hopeless: Hopeless) -> None:
    report = hopeless.judge()
    assert report.verdict == "inconclusive", report
    assert "proves nothing" in str(report)


def test_strided_cotangent_is_named() -> None:
    slip = next(s for s in FORMS if s.id == "a cotangent read as if it were contiguous")
    assert all("strided cotangent" in f.context for f in slip.judge(slip.wrong).findings)


def test_one_wrong_element_is_found_where_it_is() -> None:
    for slip in (s for s in SLIPS if s.id.startswith("one ")):
        finding = slip.judge(slip.wrong).findings[0]
        assert finding.index == (3, 33)
        assert (finding.wrong, finding.total) == (1, 1000)
