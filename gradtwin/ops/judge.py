"""Judging one subject: it runs, its structure, its values, its gradients, its purity, and then the controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from gradtwin.core.call import observe
from gradtwin.core.coverage import VALUES, Part
from gradtwin.core.guards import Watch
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import arrays_in
from gradtwin.forms.examination import Examination
from gradtwin.ops.blame import Call, blamed_output
from gradtwin.ops.conduct import forward_conduct
from gradtwin.ops.double import second_order_limit
from gradtwin.ops.exact import judge_exactly
from gradtwin.ops.gradients import Backward
from gradtwin.ops.labels import LabelTruth, count_close
from gradtwin.ops.quantity import covered, hold_array, nesting, structure, typed, zeros
from gradtwin.ops.subject import Subject
from gradtwin.ops.truth import OpTruth

__all__ = ["judge"]

Array = NDArray[Any]


def judge(subject: Subject) -> Report:
    """Judge the outputs, and the gradients if there is a backward."""
    inputs = subject.inputs
    contents = {**dict(zip(inputs.names, inputs.arrays, strict=True)), **inputs.options}
    watch = Watch(contents, subject.places, libraries=True)
    faults = tuple(Finding("structure", "suspect", words) for words in subject.origin.faults)
    try:
        return Report.joined("", [Report("", faults), _judged(subject)]) if faults else _judged(subject)
    finally:
        watch.settle()  # where a cause was looked for, the suspect has run unobserved


def _judged(subject: Subject) -> Report:
    inputs = subject.inputs
    outcome = observe(subject.forward, inputs.arrays, inputs.options, inputs.names, "forward", forward_conduct(subject))
    if outcome.value is None and outcome.findings:
        assert subject.native  # what the twin does not take either is a wrong call
        return Report("", outcome.findings)
    expected = subject.native.answer(()).outputs
    expected = expected[:-1] if subject.manner.decides else expected
    names = subject.manner.names_of(len(expected))
    outputs = typed(outcome.value, expected)
    layout = subject.twin.layout if subject.manner.compares_values else subject.origin.layout.names
    nested = nesting(subject.origin.layout, layout, len(expected))
    are_pairs = subject.twin.complex_outputs
    known = expected if subject.manner.compares_values else _in_types_of(outputs, expected)
    form = structure(names, outputs, known, asked=subject.manner.asked, are_pairs=are_pairs)
    if nested or not form.comparable:
        return Report("", (*outcome.findings, *(nested or form.findings)))
    cotangents = subject.cotangents([x.shape for x in expected])
    backward = None if subject.backward is None else Backward(subject, cotangents)
    subject = subject if backward is None else backward.subject
    # After the backward: which gradients the twin has to answer for depends on what that returned.
    truth = subject.truth(()) if backward is None else backward.truth()
    notes = (*outcome.notes, *form.notes, *_coarser(subject, truth))
    reports = [Report("", (*outcome.findings, *form.findings), remarks=notes)]
    if subject.manner.compares_values:
        reports += [r for i, name in enumerate(names) for r in _output(subject, name, outputs, i, truth)]
    if backward is not None:
        reports.append(backward.judge(truth, sound=all(r.ok for r in reports if r.tally.checks)))
    report = _with_exact_inputs(subject, Report.joined("", reports))
    return report if report.findings or subject.origin.examine is None else _examined(subject, report)


def _in_types_of(outputs: Sequence[Array], expected: Sequence[Array]) -> Sequence[Array]:
    """Return what is expected in the types that a forward has, which is its own twin and has whatever type it has."""
    if len(outputs) != len(expected):
        return expected
    return [e.astype(x.dtype) for e, x in zip(expected, outputs, strict=True)]


def _examined(subject: Subject, report: Report) -> Report:
    """Return the report with what goes wrong besides values and gradients."""
    examination = Examination() if subject.origin.examine is None else subject.origin.examine()
    faults = tuple(Finding("structure", "suspect", words) for words in examination.faults)
    second = second_order_limit(subject)
    limits = (*examination.limits, *([] if second is None else [f"its {second}"]))
    return Report.joined("", [report, Report("", faults, limits=limits)])


def _coarser(subject: Subject, truth: OpTruth) -> tuple[str, ...]:
    """Return the note that a twin computes in a coarser format than that under test, which widens the bound."""
    names = sorted(p.name for p in truth.formats if p.unit > subject.precision.unit)
    return tuple(f"the twin computes in {name} on the way, and is granted its rounding" for name in names)


def _with_exact_inputs(subject: Subject, report: Report) -> Report:
    """Return a report with what exact inputs find: of a quantity that is wrong there, rounding excuses nothing."""
    no_values = any(f.verdict in ("crash", "structure", "impure") for f in report.findings)
    if subject.manner.exact or subject.manner.decides or no_values or subject.twin.is_estimate:
        return report
    exact = judge_exactly(subject)
    quantities = {finding.quantity for finding in exact.findings}
    known_findings = {(finding.quantity, finding.verdict) for finding in report.findings}
    excuses = ("imprecise", "unstable")
    lasting = tuple(f for f in report.findings if f.quantity not in quantities or f.verdict not in excuses)
    # A quantity that is a mismatch already is not told a second time.
    new_findings = tuple(
        finding
        for finding in exact.findings
        if not {(finding.quantity, v) for v in ("mismatch", finding.verdict)} & known_findings
    )
    # The small numbers are ours: where the twin is not the function of its gradient at those alone, nobody is accused.
    disputes = tuple(f"{f.quantity}: at other inputs {f.message}" for f in new_findings if f.verdict == "disputed")
    new_findings = tuple(f for f in new_findings if f.verdict != "disputed")
    new = replace(exact, findings=new_findings, remarks=(*exact.remarks, *disputes))
    return Report.joined("", [replace(report, findings=lasting), new])


def _output(subject: Subject, name: str, outputs: Sequence[Array], i: int, truth: OpTruth) -> list[Report]:
    """Judge one output; the last one may be labels."""
    inputs = subject.inputs
    labels = subject.manner.decides and i == len(outputs) - 1
    look = LabelTruth(truth.output(i), truth.output(i + 1)) if labels else truth.output(i)
    call = Call(subject.forward, inputs.arrays, inputs.options, lambda value: arrays_in(value)[i])
    comparison = hold_array(subject, name, outputs[i], look, call, inputs.arrays)
    report = blamed_output(subject, comparison, outputs[i], call)
    last = count_close(name, comparison.expectation) if labels else zeros(subject, comparison, outputs[i])
    final = comparison if report.findings else comparison.cleared
    coverage = covered(subject, final, outputs[i], Part(VALUES, name), i)
    return [replace(report, coverage=coverage), last]
