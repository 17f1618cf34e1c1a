"""Judging one subject: it runs, its structure, its values, its gradients, its purity, and then the controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, arrays_in, enter, observe
from gradtwin.core.causes import shape_cause
from gradtwin.core.controls import Controls
from gradtwin.core.hold import Comparison, hold
from gradtwin.core.report import Finding, Report
from gradtwin.core.truth import Expectation, Truth
from gradtwin.ops.blame import Call, blamed_gradient, blamed_output, explained_by_own_rounding
from gradtwin.ops.labels import LabelTruth, count_close
from gradtwin.ops.subject import Subject, numbered
from gradtwin.ops.truth import OpTruth

__all__ = ["gradients_by_name", "judge"]

Array = NDArray[Any]

RANDOM, ZEROS, EXPANDED = range(3)
"""The choices of cotangents that a subject draws, by their places."""


def judge(subject: Subject) -> Report:
    """Judge the outputs, and the gradients if there is a backward."""
    inputs = subject.inputs
    outcome = observe(subject.forward, inputs.arrays, inputs.options, inputs.names, "forward")
    if outcome.value is None and outcome.findings:
        return Report("", outcome.findings)
    outputs = arrays_in(outcome.value)
    expected = subject.native.answer(()).outputs
    expected = expected[:-1] if subject.manner.decides else expected
    names = subject.manner.names_of(len(expected))
    structure = _structure(names, outputs, expected, asked=subject.manner.asked)
    if not structure.comparable:
        return Report("", (*outcome.findings, *structure.findings))
    cotangents = subject.cotangents([x.shape for x in expected])
    truth = subject.truth(cotangents)
    reports = [Report("", (*outcome.findings, *structure.findings), notes=(*outcome.warned, *structure.notes))]
    reports += [r for i, name in enumerate(names) for r in _output(subject, name, outputs, i, truth)]
    if subject.backward is not None:
        sound = all(r.ok for r in reports if r.tally.checks)
        reports.append(_Choice(subject, truth, RANDOM, cotangents[RANDOM], sound).judge("random cotangent"))
        if reports[-1].ok:
            reports += _variants(subject, truth, cotangents, sound)
    return Report.joined("", reports)


@dataclass(frozen=True)
class _Structure:
    """What is wrong, or worth a note, about the form of a result, and whether its values can be compared."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    comparable: bool = True


def _structure(names: Sequence[str], got: Sequence[Array], expected: Sequence[Array], *, asked: bool) -> _Structure:
    """Compare numbers of arrays, shapes and dtypes; another dtype does not keep real numbers from being compared.

    A result that is wider than the twin's is a fault only where that precision was `asked` for.
    """
    if len(got) != len(expected):
        message = f"returns {len(got)} arrays where the twin returns {len(expected)}"
        return _Structure((Finding("structure", "output", message),), comparable=False)
    findings, notes, comparable = [], [], True
    for name, g, e in zip(names, got, expected, strict=True):
        if g.shape != e.shape:
            findings.append(Finding("structure", name, f"has shape {g.shape} where the twin has {e.shape}"))
            comparable = False
        elif g.dtype != e.dtype:
            message = f"has dtype {g.dtype} where the twin has {e.dtype}"
            if not asked and g.dtype.kind == e.dtype.kind == "f" and g.dtype.itemsize > e.dtype.itemsize:
                notes.append(f"{name} {message}")
                continue
            findings.append(Finding("structure", name, message))
            comparable = comparable and g.dtype.kind in "fiub"
    return _Structure(tuple(findings), tuple(notes), comparable)


def _output(subject: Subject, name: str, outputs: Sequence[Array], i: int, truth: OpTruth) -> list[Report]:
    """Judge one output; the last one may be labels."""
    inputs = subject.inputs
    labels = subject.manner.decides and i == len(outputs) - 1
    look: Truth = LabelTruth(truth.output(i), truth.output(i + 1)) if labels else truth.output(i)
    call = Call(subject.forward, inputs.arrays, inputs.options, lambda value: arrays_in(value)[i])
    comparison = _held(subject, name, outputs[i], look, call, inputs.arrays)
    report = blamed_output(subject, comparison, outputs[i])
    last = count_close(name, comparison.expectation) if labels else _zeros(subject, comparison, outputs[i])
    return [report, last]


def _held(
    subject: Subject, quantity: str, got: Array, look: Truth, call: Call, sizing: Sequence[Any] | None
) -> Comparison:
    """Hold one array, which `call` makes, against the twin; with `sizing`, a match must refuse altered copies.

    Those are the arrays whose size is that of a result. The gradient of one random cotangent has to prove itself; that
    of an expanded one need not, since it is zero for every function that a constant does not move. A difference that
    only such a further cotangent shows comes from its layout, never from rounding.
    """
    controls = None if sizing is None else Controls(subject.inputs.terms, size=_size_of(sizing))

    def explained(e: Expectation) -> Array:
        return explained_by_own_rounding(subject, call, got, e)

    comparison = hold(quantity, got, look, controls, None if sizing is None else explained)
    assert comparison is not None  # the shadows of a function have one shape
    return comparison


def _size_of(arrays: Sequence[Any]) -> float:
    """Return the largest finite magnitude among floating arrays."""
    floating = [x for x in arrays if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    return max((float(np.max(np.abs(x), where=np.isfinite(x), initial=0.0)) for x in floating), default=0.0)


def _zeros(subject: Subject, comparison: Comparison, got: Array) -> Report:
    """Note, or refuse, zeros of the output whose sign is not the twin's."""
    e = comparison.expectation
    zero = (got == 0) & (e.native == 0) & (e.truth == 0)
    other = zero & (np.signbit(got) != np.signbit(e.native))
    if not np.any(other):
        return Report("")
    message = f"zeros with another sign than the twin's: {np.count_nonzero(other)}"
    if subject.manner.signed_zeros:
        return Report("", (Finding("mismatch", comparison.quantity, message),))
    return Report("", notes=(f"{comparison.quantity}: {message}",))


def _variants(subject: Subject, truth: OpTruth, cotangents: Sequence[list[Array]], sound: bool) -> list[Report]:
    """Judge the gradients for the random cotangents with gaps in memory, for one number expanded, and for zeros."""
    reports = []
    if len(cotangents) > EXPANDED:
        gaps = [_with_gaps(c) for c in cotangents[RANDOM]]
        reports.append(_Choice(subject, truth, RANDOM, gaps, sound).judge("strided cotangent", prove=False))
        expanded = cotangents[EXPANDED]
        reports.append(_Choice(subject, truth, EXPANDED, expanded, sound).judge("expanded cotangent", prove=False))
    return [*reports, _Choice(subject, truth, ZEROS, cotangents[ZEROS], sound).judge("zero cotangent", prove=False)]


def _with_gaps(x: Array) -> Array:
    """Return the same values in memory with gaps between them."""
    if x.ndim == 0:
        return x
    out = np.full((*x.shape[:-1], 2 * x.shape[-1]), np.nan, x.dtype)[..., ::2]
    out[...] = x
    return out


@dataclass(frozen=True)
class _Choice:
    """One choice of cotangents, and what the twin says of it; `sound`: the outputs matched."""

    subject: Subject
    truth: OpTruth
    place: int
    cotangents: list[Array]
    sound: bool

    def judge(self, kind: str, *, prove: bool = True) -> Report:
        """Judge the gradients of every wanted input."""
        inputs, count = self.subject.inputs, len(self.cotangents)
        backward = _of_outputs(self.subject.backward, count)
        arguments = [*self.cotangents, *inputs.arrays]
        names = [*numbered("grad", count), *inputs.names]
        outcome = observe(backward, arguments, inputs.options, names, "backward")
        if outcome.value is None and outcome.findings:
            return Report("", outcome.findings, notes=outcome.warned).within(kind)
        gradients = gradients_by_name(self.subject, outcome.value)
        if isinstance(gradients, Finding):
            return Report("", (*outcome.findings, gradients)).within(kind)
        reports = [Report("", outcome.findings, notes=outcome.warned)]
        for j, name in enumerate(inputs.names):
            if inputs.wanted[j]:
                call = Call(backward, arguments, inputs.options, _named(self.subject, name))
                reports.append(self._gradient(j, gradients.get(name), call, prove))
        return Report.joined("", reports).within(kind)

    def _gradient(self, j: int, got: Array | None, call: Call, prove: bool) -> Report:
        quantity = f"gradient of {self.subject.inputs.names[j]}"
        native = self.truth.native.gradients[self.place][j]
        structure = self._structure_of(quantity, got, native)
        if not structure.comparable or got is None or native is None:
            return Report("", structure.findings, notes=structure.notes)
        look = self.truth.gradient(self.place, j)
        comparison = _held(self.subject, quantity, got, look, call, self.cotangents if prove else None)
        report = blamed_gradient(self.subject, comparison, got, j, self.cotangents, sound=self.sound)
        return Report.joined("", [Report("", structure.findings, notes=structure.notes), report])

    def _structure_of(self, quantity: str, got: Array | None, native: Array | None) -> _Structure:
        if native is None:
            is_there = got is not None and np.any(got)
            findings = (Finding("structure", quantity, "is given; the twin has none"),) if is_there else ()
            return _Structure(findings, comparable=False)
        if got is None:
            return _Structure((Finding("structure", quantity, "is missing; the twin has one"),), comparable=False)
        structure = _structure([quantity], [got], [native], asked=self.subject.manner.asked)
        cause = shape_cause(got.shape, native.shape, self.cotangents[0].shape)
        return replace(structure, findings=tuple(replace(f, cause=cause) for f in structure.findings))


def _of_outputs(backward: Code | None, count: int) -> Code:
    """Return a backward whose first arguments are the cotangents of that many outputs, which it takes as a tuple."""
    assert backward is not None

    def function(*arguments: Any, **options: Any) -> Any:
        return enter(backward, arguments[0] if count == 1 else arguments[:count], *arguments[count:], **options)

    return function


def _named(subject: Subject, name: str) -> Callable[[Any], Any]:
    def pick(value: Any) -> Any:
        gradients = gradients_by_name(subject, value)
        return None if isinstance(gradients, Finding) else gradients.get(name)

    return pick


def gradients_by_name(subject: Subject, value: Any) -> dict[str, Array | None] | Finding:
    """Return the gradients that backward returned by the names of the inputs, or what is wrong with their form."""
    names = subject.inputs.names
    wanted = [n for n, w in zip(names, subject.inputs.wanted, strict=True) if w]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        gradients: dict[str, Any] = {}
        for field, v in zip(value._fields, value, strict=True):
            parts = {f"{field}[{i}]": part for i, part in enumerate(v)} if isinstance(v, (tuple, list)) else {field: v}
            gradients |= parts
        unknown = [n for n in gradients if n not in names and gradients[n] is not None]
        if unknown:
            message = f"returns fields {', '.join(unknown)}, which are no inputs of forward ({', '.join(names)})"
            return Finding("structure", "gradients", message)
    else:
        values = list(value) if isinstance(value, (tuple, list)) else [value]
        order = wanted if len(values) == len(wanted) else list(names)
        if len(values) != len(order):
            message = f"returns {len(values)} gradients for the differentiable inputs {', '.join(wanted)}"
            return Finding("structure", "gradients", message)
        gradients = dict(zip(order, values, strict=True))
    return {n: None if v is None else np.asarray(v) for n, v in gradients.items()}
