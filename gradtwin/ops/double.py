"""A gradient as an operation of its own: of the inputs, and of the cotangents of the outputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar

import numpy as np

from gradtwin.core.bound import PRECISIONS, Precision
from gradtwin.core.call import aside
from gradtwin.core.carrier import rounded
from gradtwin.core.conditions import seed_from
from gradtwin.core.coverage import GRADIENTS, SECOND, Coverage, Part
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding, Report
from gradtwin.forms.tensors import Pullback, TensorCode
from gradtwin.ops.derivatives import Gradient, Graph, floating, in_steps
from gradtwin.ops.gradients import judge_once
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.subject import Subject, numbered
from gradtwin.ops.twin import Twin

__all__ = ["CLOSED", "KINK", "Double", "differentiable_outputs", "renamed", "second_order_limit"]

T = TypeVar("T")

FEW = 2**14
"""Numbers of all inputs up to which the second derivative of a backward by hand is looked at without being asked for:
beyond it costs as much as all the rest."""

FIRST = "first derivative by "
"""How a gradient is called as long as it is an output, of which there are gradients."""
KINK = "another subgradient"
"""What is accepted of a second derivative: at a kink of a gradient torch's choice is nobody's convention."""
CLOSED = "backward stands under once_differentiable, which allows none"
LOST = (
    "is lost: no graph leads from the gradient to {}, so that autograd takes its derivative for zero (what backward "
    "uses was computed in forward, or cut off by detach, no_grad or numbers taken out of tensors)"
)


@dataclass(frozen=True)
class Double:
    """The gradient of a suspect of tensors, as what is judged.

    Parameters
    ----------
    subject : Subject
        The gradients that autograd makes of the suspect, beside those of the twin.
    of_suspect, of_twin : Gradient
        Those of either side.
    """

    subject: Subject
    of_suspect: Gradient
    of_twin: Gradient

    @classmethod
    def of(cls, subject: Subject, live: Sequence[int]) -> Double:
        """Return the gradient of the suspect of a subject.

        Parameters
        ----------
        subject : Subject
            What the suspect itself is judged in.
        live : sequence of int
            The outputs with a cotangent, counted among the floating ones.
        """
        inputs, code = subject.inputs, subject.origin.code
        if code is None or any(inputs.pairs):
            raise UsageError("Expected second derivatives to be asked of code of real tensors; got other code.")
        shapes = tuple(tuple(x.shape) for x in floating(subject.native.outputs))
        of_suspect = Gradient(code.function, inputs.wanted, len(shapes), tuple(live))
        of_twin = replace(of_suspect, function=in_steps(subject.twin.function))
        names = tuple(n for n, w in zip(inputs.names, inputs.wanted, strict=True) if w)
        whole = _with_cotangents(subject, shapes, live)
        forward = TensorCode(of_suspect, subject.precision, subject.device)
        manner = replace(
            subject.manner,
            accept=(*subject.manner.accept, KINK),
            output_names=lambda count: [f"{FIRST}{n}" for n in names] if count == len(names) else None,
            buffers=(),
        )
        twin = Twin(of_twin, subject.twin.options)
        backward = Pullback(forward, whole.wanted)
        origin = replace(subject.origin, gradient=None, examine=None)
        double = replace(
            subject, forward=forward, backward=backward, twin=twin, inputs=whole, manner=manner, origin=origin
        )
        return cls(double, of_suspect, of_twin)

    @cached_property
    def graph(self) -> Graph | None:
        """What the gradients of the suspect come from; None where there are none."""
        return self._graph_of(self.of_suspect)

    @property
    def is_closed(self) -> bool:
        """Whether the suspect does not allow a second derivative; a UsageError where the twin does not."""
        graph = self._graph_of(self.of_twin)
        if graph is not None and graph.is_closed:
            raise UsageError(f"Expected the twin to have a second derivative; its {CLOSED}.")
        return self.graph is not None and self.graph.is_closed

    def _graph_of(self, gradient: Gradient) -> Graph | None:
        subject, inputs = self.subject, self.subject.inputs
        code = TensorCode(gradient.graph, subject.precision, subject.device)
        graph: Graph | None = aside("backward", code, inputs.arrays, inputs.options, subject.places).value
        return graph

    @property
    def lost(self) -> dict[str, str]:
        """The second derivatives that no graph leads to, each with the name of what it is by."""
        inputs = self.subject.inputs
        names = [n for n, w in zip(inputs.names, inputs.wanted, strict=True) if w]
        reached = [True] * len(names) if self.graph is None else self.graph.reached
        return {_second(n): n for n, r in zip(names, reached, strict=True) if not r}

    def worded(self, report: Report) -> Report:
        """Return a report on the gradient as one on second derivatives, with those that are lost named so."""
        names = {"forward": "backward", "backward": "double backward"}
        names |= {f"{FIRST}{n}": f"gradient of {n}" for n in self.subject.inputs.names}
        names |= {f"gradient of {n}": _second(n) for n in self.subject.inputs.names}
        report = renamed(report, names)
        findings: dict[object, Finding] = {}
        for i, finding in enumerate(report.findings):
            lost = self.lost.get(finding.quantity) if finding.index is not None else None
            if lost is not None:
                finding = replace(finding, verdict="structure", message=LOST.format(lost), bits=None, cause=None)
            # What is lost is lost wherever it is looked at, and told once.
            findings.setdefault(i if lost is None else finding.quantity, finding)
        worded = replace(report, findings=tuple(findings.values()), coverage=_coverage(report.coverage))
        return Report.joined(report.name, [worded], report.command)  # in the order of their verdicts


def differentiable_outputs(subject: Subject) -> list[int]:
    """Return which of the floating outputs of the twin have a gradient; a UsageError where none has."""
    inputs = subject.inputs
    if not any(inputs.wanted):
        raise UsageError(f"Expected a floating input to differentiate by; got {', '.join(inputs.names) or 'none'}.")
    outputs = floating(subject.twin.start(inputs.arrays, inputs.wanted, subject.precision.name).outputs)
    live = [i for i, x in enumerate(outputs) if x.requires_grad]
    if not live:
        raise UsageError("Expected the twin to return floating numbers that have derivatives; got none.")
    return live


def _with_cotangents(subject: Subject, shapes: Sequence[tuple[int, ...]], live: Sequence[int]) -> Inputs:
    """Return the inputs of a subject, and cotangents of outputs of these shapes after them."""
    inputs, word = subject.inputs, "cotangent"
    while any(n.startswith(word) for n in inputs.names):
        word = f"other {word}"
    names = numbered(word, len(shapes))
    # Not the seed of the subject: the cotangents of the gradient are drawn with that, and would be the same.
    rng = np.random.default_rng(seed_from("cotangents", subject.seed))
    cotangents = [subject.cotangent(rng, shape) for shape in shapes]
    return Inputs(
        (*inputs.arrays, *(cotangents[i] for i in live)),
        (*inputs.names, *(names[i] for i in live)),
        (*inputs.wanted, *(True for _ in live)),
        inputs.options,
        (*inputs.pairs, *(False for _ in live)),
    )


def _second(name: str) -> str:
    return f"second derivative by {name}"


def renamed(report: Report, names: Mapping[str, str]) -> Report:
    """Return a report with its quantities called otherwise, those of what it covers excepted."""

    def figures(of: Mapping[str, Mapping[str, T]]) -> dict[str, dict[str, T]]:
        return {p: {names.get(n, n): x for n, x in quantities.items()} for p, quantities in of.items()}

    def remark(text: str) -> str:
        quantity, colon, rest = text.partition(":")
        return f"{names.get(quantity, quantity)}{colon}{rest}"

    tally = report.tally
    return replace(
        report,
        findings=tuple(replace(f, quantity=names.get(f.quantity, f.quantity)) for f in report.findings),
        tally=replace(tally, outside=figures(tally.outside), beside=figures(tally.beside)),
        remarks=tuple(map(remark, report.remarks)),
    )


def _coverage(coverage: Coverage) -> Coverage:
    """Return what is covered as gradients and second derivatives."""

    def part(x: Part) -> Part:
        if x.kind == GRADIENTS:
            return x._replace(kind=SECOND)
        return x._replace(kind=GRADIENTS, name=x.name.removeprefix(FIRST))

    unproven = {part(x): why for x, why in coverage.unproven.items()}
    return Coverage(tuple(map(part, coverage.proven)), unproven, tuple(map(part, coverage.zeros)))


def second_order_limit(subject: Subject) -> str | None:
    """Return what a second derivative through a Function of autograd's gets wrong, as a sentence without a subject.

    None where it is right, where it cannot be told, and where no backward by hand is a part of it or the inputs
    are large: it never raises.
    """
    if subject.origin.gradient is None or subject.origin.code is None:
        return None
    if sum(x.size for x in subject.inputs.arrays if isinstance(x, np.ndarray)) > FEW:
        return None
    try:
        subject = _in_float64(subject)
        return _limit_of(Double.of(subject, differentiable_outputs(subject)))
    except Exception:  # twin or suspect may raise anything, in a precision that nobody asked for above all
        return None


def _limit_of(double: Double) -> str | None:
    if double.is_closed:
        return f"double backward has no second derivative: {CLOSED}"
    subject = double.subject
    cotangents = subject.cotangents([tuple(x.shape) for x in subject.native.outputs])[0]
    report = judge_once(subject, cotangents)
    # Where the twin itself is in doubt, nobody is told of a limit.
    findings = (f for f in double.worded(report).findings if f.verdict not in ("disputed", "inconclusive"))
    return next((f"{f.quantity} {f.message}" for f in findings), None)


def _in_float64(subject: Subject) -> Subject:
    """Return a subject in the precision in which there is least doubt."""
    p, inputs = PRECISIONS["float64"], subject.inputs
    options = {n: _in(x, p) for n, x in inputs.options.items()}
    whole = replace(inputs, arrays=tuple(_in(x, p) for x in inputs.arrays), options=options)
    return replace(subject, inputs=whole, precision=p)


def _in(x: Any, p: Precision) -> Any:
    """Return a floating array in a precision, and anything else as it is."""
    return rounded(x, p) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x
