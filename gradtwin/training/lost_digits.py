"""Telling a step that loses digits from one that is wrong: in float64, from the same numbers, it agrees."""

from __future__ import annotations

from dataclasses import replace

from gradtwin.core.bound import precision
from gradtwin.core.report import Report
from gradtwin.training.judge import judge
from gradtwin.training.subject import Run

__all__ = ["judged"]

WIDEST = "float64"
LOST = "the formula agrees, the way of computing it loses digits that the twin keeps"


def judged(run: Run) -> Report:
    """Return the report on a run, in which what differs is `unstable` where it does not differ in float64.

    Such is a bias correction computed in the type of the parameters: 1 - 0.999^t is a thousandth of its rounding.
    """
    report = judge(run)
    if run.precision.name == WIDEST or {finding.verdict for finding in report.findings} != {"mismatch"}:
        return report
    wide = replace(run, problem=run.problem.rounded(WIDEST), precision=precision(WIDEST))
    if not judge(wide).ok:
        return report
    return replace(report, findings=tuple(replace(f, verdict="unstable", message=LOST) for f in report.findings))
