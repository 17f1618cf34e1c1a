"""Judging a suspect in a process of its own, and trying its twin in another one first."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gradtwin.core.captured import captured
from gradtwin.core.conditions import Allowance, Conditions
from gradtwin.core.errors import UsageError
from gradtwin.core.isolation import Isolation, rehearsed
from gradtwin.core.report import Finding, Report
from gradtwin.ops.evaluation import Question

if TYPE_CHECKING:
    from gradtwin.ops.problem import Problem

__all__ = ["judged_apart"]


def judged_apart(
    judged: Callable[[Problem, Conditions], Report], problem: Problem, at: Conditions, allowance: Allowance
) -> Report:
    """Return the report on a problem whose suspect runs in a process of its own.

    Its twin runs here, out of its reach. So that it cannot take this process with it, it is first run in a process that
    knows nothing of the suspect: a twin that dies there accuses nobody.
    """
    if problem.twin is None:
        raise UsageError("Expected a twin beside isolate, since the suspect's own forward would run here; got none.")
    alone = replace(problem, forward=problem.twin, backward=problem.backward and problem.twin)
    death = rehearsed(allowance, "the twin", functools.partial(_rehearse, alone, at), [problem.twin, problem.inputs])
    if death is not None:
        finding = Finding("inconclusive", "twin", f"the twin {death}: it was tried in a process of its own")
        return Report(at.name, (finding,), command=at.command)
    inputs = () if callable(problem.inputs) else problem.inputs
    shared = [place.value for x in (problem.twin, inputs) for place in captured(x)]
    isolation = Isolation(allowance, "the suspect", [problem.forward, problem.backward], shared)
    try:
        report = judged(replace(problem, manner=replace(problem.manner, apart=isolation.code)), at)
    finally:
        isolation.close()
    findings, notes = (*isolation.findings, *report.findings), (*report.remarks, *isolation.notes)
    return replace(report, findings=findings, remarks=notes)


def _rehearse(problem: Problem, at: Conditions) -> None:
    """Run a twin forward and backward, at each precision, in float64, and forward on other inputs."""
    try:
        for dtype in at.dtypes:
            subject = problem.subject(dtype, at)
            ones = [np.ones(x.shape, x.dtype) for x in subject.native.answer(()).outputs]
            question = Question(subject.inputs.arrays, subject.inputs.wanted, [ones])
            for name in (dtype, "float64"):
                subject.twin.run(question, name, at.device)
            assert subject.others
    except UsageError:  # what a twin does not take is told where it is asked again
        pass
