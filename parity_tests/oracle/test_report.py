"""The report: its verdict, how reports join, its plain data and its text."""

import json
import math
from typing import Any

import numpy as np
import pytest

import gradtwin
from gradtwin.core.report import SCHEMA_VERSION, VERDICTS, Finding, Report, Tally
from parity_tests.oracle.known_wrong import FORMS, GRADIENTS, Slip

FULL = Finding(
    verdict="mismatch",
    quantity="gradient of weight",
    message="differs",
    context="float32",
    index=(1, 2),
    inputs={"input": 0.5, "target": 3},
    expected=2.0,
    got=2.5,
    difference=0.5,
    bound=0.25,
    ratio=2.0,
    ulps=1024.0,
    bits=11.2,
    wrong=3,
    total=12,
    side="suspect",
    cause="the sign is wrong",
    step=7,
)


def _of(*verdicts: str) -> Report:
    return Report("name", tuple(Finding(v, "output", "differs") for v in verdicts), Tally(checks=1))


def test_only_a_match_is_ok() -> None:
    assert _of().ok
    assert _of().verdict == "match"
    for verdict in VERDICTS[:-1]:
        assert not _of(verdict).ok
        assert _of(verdict).verdict == verdict


def test_the_gravest_finding_decides() -> None:
    for i, grave in enumerate(VERDICTS[:-1]):
        for lighter in VERDICTS[i:-1]:
            assert _of(lighter, grave).verdict == _of(grave, lighter).verdict == grave


def test_verdicts_are_ordered_from_crash_to_match() -> None:
    assert VERDICTS == (
        "crash",
        "structure",
        "impure",
        "mismatch",
        "disputed",
        "unstable",
        "imprecise",
        "inconclusive",
        "match",
    )


def test_a_report_of_nothing_is_inconclusive() -> None:
    assert Report("name").verdict == "inconclusive"
    assert not Report("name").ok


def test_joined_reports_keep_everything_and_put_the_gravest_first() -> None:
    a = Report("a", (FULL,), Tally(2, 3, {"float32": 1.0}, {"float32": 9.0}, 4, {"float32": None}), ("one", "two"))
    b = Report("b", (Finding("crash", "forward", "raises"),), Tally(1, 1, {"float32": 5.0, "float64": 2.0}), ("two",))
    both = Report.joined("both", [a, b], "repeat me")
    assert [f.verdict for f in both.findings] == ["crash", "mismatch"]
    assert both.notes == ("one", "two")
    assert (both.name, both.command) == ("both", "repeat me")
    assert (both.tally.checks, both.tally.controls, both.tally.steps) == (3, 4, 4)
    assert both.tally.worst == {"float32": 5.0, "float64": 2.0}
    assert both.tally.twin == {"float32": 9.0}
    assert both.tally.horizons == {"float32": None}


def test_joining_nothing_is_inconclusive() -> None:
    assert Report.joined("none", []).verdict == "inconclusive"


def test_context_grows_from_the_outside() -> None:
    report = Report("name", (FULL, Finding("inconclusive", "output", "proves nothing"))).within("lockstep")
    assert [f.context for f in report.findings] == ["lockstep, float32", "lockstep"]


def test_text_names_place_size_cause_and_command() -> None:
    lines = str(
        Report("losses.some", (FULL,), Tally(1), ("a note",), "python -m gradtwin verify losses.some")
    ).splitlines()
    text = "\n".join(lines)
    assert lines[0].startswith("mismatch  losses.some  1 checks")
    for part in (
        "mismatch: gradient of weight [float32]: differs",
        "first at   step 7",
        "where      gradient of weight[1, 2], worst of 3 wrong in 12 elements",
        "inputs     input = 0.5, target = 3",
        "expected   2",
        "got        2.5",
        "off by     0.5, 2 times the bound of 0.25, 1.02e+03 ulps; about 11 bits are right",
        "witness    certified arithmetic finds the suspect further from the truth",
        "probably   the sign is wrong",
        "note: a note",
        "repeat: python -m gradtwin verify losses.some",
    ):
        assert part in text


def test_text_of_a_match_is_one_line_without_a_command() -> None:
    report = Report("name", (), Tally(4, 9, {"float64": 0.5, "float32": 2.0}), command="again")
    assert str(report) == "match  name  4 checks, 9 controls fired, worst difference / bound float64 0.5, float32 2"


def test_text_tells_the_horizon_and_the_metric() -> None:
    tally = Tally(1, horizons={"float32": 120, "float64": None}, metrics={"float64": (0.95, 0.96)})
    text = str(Report("name", (), tally))
    assert "float32: proves nothing from step 120 on" in text
    assert "float64: proves to its last step" in text
    assert "float64: suspect 0.95, twin 0.96" in text


def test_a_difference_where_nothing_is_admitted_can_be_read() -> None:
    finding = Finding(
        "mismatch", "output", "differs", expected=0.0, got=1.0, difference=1.0, bound=0.0, ratio=float("inf")
    )
    assert "infinitely many times the bound of 0" in str(finding)


def test_plain_data_survives_strict_json() -> None:
    infinite = Finding("mismatch", "output", "differs", got=float("nan"), ratio=float("inf"), difference=-np.inf)
    tally = Tally(1, horizons={"float32": None}, metrics={"float32": (1.0, float("nan"))})
    data = Report("name", (FULL, infinite), tally, ("note",), "again").to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert (data["schema"], data["verdict"], data["ok"]) == (SCHEMA_VERSION, "mismatch", False)
    assert data["findings"][0]["index"] == [1, 2]
    assert data["findings"][0]["inputs"] == {"input": 0.5, "target": 3}
    assert [data["findings"][1][k] for k in ("got", "ratio", "difference")] == ["nan", "inf", "-inf"]
    assert data["tally"]["metrics"] == {"float32": [1.0, "nan"]}


@pytest.mark.parametrize("slip", [GRADIENTS[0], *FORMS[::5]], ids=lambda slip: slip.id)
def test_real_reports_are_plain_data(slip: Slip) -> None:
    data = slip.judge(slip.wrong).to_dict()
    assert json.loads(json.dumps(data, allow_nan=False)) == data


def test_assert_match_raises_the_report_as_its_text() -> None:
    slip = GRADIENTS[0]
    arguments: dict[str, Any] = {
        "twin": slip.pair.twin,
        "inputs": slip.pair.inputs,
        "dtypes": ("float64",),
        "name": "mine",
    }
    assert gradtwin.assert_match(*slip.right, **arguments).ok
    with pytest.raises(AssertionError, match=r"mismatch  mine") as caught:
        gradtwin.assert_match(*slip.wrong, **arguments)
    assert str(caught.value) == str(gradtwin.check(*slip.wrong, **arguments))


def test_a_twin_outside_the_bound_is_one_sentence_a_precision_however_many_steps() -> None:
    far = [1.5, 40.0, 3.0]
    steps = [Report("", tally=Tally(1, 2, outside={"float32": {"weight": f, "bias": math.inf}})) for f in far]
    notes = Report.joined("run", [*steps, Report("", remarks=("another",))]).notes
    assert notes == (
        "the twin's own float32 run is outside the bound: weight 40 times",
        "the twin's own float32 run is not finite where the truth is: bias",
        "another",
    )


def test_a_notebook_shows_what_the_text_says() -> None:
    report = Report("a <b>", (FULL,), Tally(checks=1), remarks=("a & b",), form="backward(g, y)")
    shown = report._repr_html_()
    for words in (
        "<strong>mismatch</strong> a &lt;b&gt;",
        "gradient of weight",
        "the sign is wrong",
        "[1, 2]",
        "step 7",
    ):
        assert words in shown
    assert "<li>note: a &amp; b</li>" in shown
    assert "read as  backward(g, y)" in shown
    assert "<b>" not in shown
    assert "<table>" not in _of()._repr_html_()
