"""Judging one subject: it runs, its structure, its values, its gradients, its purity, and then the controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import SUSPICION, K
from gradtwin.core.call import arrays_in, observe
from gradtwin.core.causes import cause_of, shape_cause
from gradtwin.core.compare import Expectation, compare, ratios, slipping_controls
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.ops.blame import explain
from gradtwin.ops.labels import Decided, calls
from gradtwin.ops.subject import Expected, Subject, numbered

__all__ = ["gradients_by_name", "judge"]

Array = NDArray[Any]


@dataclass(frozen=True)
class _Call:
    """A call of the suspect: its arguments, and those among them whose size is that of a result."""

    function: Callable[..., Any]
    arguments: Sequence[Any]
    sizing: Sequence[Any]


def judge(subject: Subject) -> Report:
    """Judge the outputs, and the gradients if there is a backward."""
    outcome = observe(subject.forward, subject.arrays, subject.options, subject.names, "forward")
    if outcome.value is None and outcome.findings:
        return Report("", outcome.findings)
    outputs = arrays_in(outcome.value)
    shapes = subject.twin.run(subject.arrays, subject.precision.name, wanted=subject.wanted).outputs
    shapes = shapes[:-1] if subject.decides else shapes
    names = subject.called(len(shapes))
    wrong = _structure(names, outputs, shapes)
    if wrong:
        return Report("", (*outcome.findings, *wrong))
    rng = np.random.default_rng(subject.seed)
    random = [subject.cotangent(rng, o.shape) for o in shapes]
    expected = subject.expected(random)
    call = _Call(subject.forward, subject.arrays, subject.arrays)
    reports = [Report("", outcome.findings, notes=outcome.warned)]
    for i, (name, got) in enumerate(zip(names, outputs, strict=True)):
        if subject.decides and i == len(shapes) - 1:
            decided = Decided(expected)
            reports.append(_array(subject, name, got, decided, i, call, _nth(i)))
            reports.append(calls(name, decided.at(i)))
            continue
        reports.append(_array(subject, name, got, expected, i, call, _nth(i)))
        reports.append(_zeros(subject, name, got, expected.at(i)))
    if subject.backward is not None:
        sound = all(r.ok for r in reports if r.tally.checks)
        reports.append(_gradients(subject, "random cotangent", random, expected, sound, prove=True))
        if reports[-1].ok:
            variants = subject.variants(rng, random, expected)
            reports += [_gradients(subject, kind, c, e, sound, prove=False) for kind, c, e in variants]
    return Report.joined("", reports)


def _structure(names: Sequence[str], got: Sequence[Array], expected: Sequence[Array]) -> list[Finding]:
    if len(got) != len(expected):
        return [Finding("structure", "output", f"returns {len(got)} arrays where the twin returns {len(expected)}")]
    findings = []
    for name, g, e in zip(names, got, expected, strict=True):
        if g.shape != e.shape:
            findings.append(Finding("structure", name, f"has shape {g.shape} where the twin has {e.shape}"))
        elif g.dtype != e.dtype:
            findings.append(Finding("structure", name, f"has dtype {g.dtype} where the twin has {e.dtype}"))
    return findings


def _array(
    subject: Subject,
    quantity: str,
    got: Array,
    expected: Expected | Decided,
    i: int,
    call: _Call,
    pick: Callable[[Any], Any],
    *,
    prove: bool = True,
) -> Report:
    """Judge one array, which `pick` takes from what the suspect returns, against the i-th expectation.

    With `prove`, a match must refuse altered copies. The gradient of one random cotangent has to; that of an
    expanded one need not, since it is zero for every function that a constant does not move. A difference that only
    such a further cotangent shows comes from its layout, never from rounding.
    """
    e = expected.at(i)
    assert e is not None
    if not e.exact and np.any(ratios(got, e) > SUSPICION):
        e = expected.closer(i)
    p = subject.precision.name
    theirs = _of_twin(e)
    twin = {p: float(theirs.max(initial=0.0))}
    notes: tuple[str, ...] = ()
    if np.any(theirs > K):
        how = f"{twin[p] / K:.3g} times outside the bound" if np.isfinite(twin[p]) else "not finite where the truth is"
        notes = (f"the twin's own {p} {quantity} is {how}",)

    def excused() -> Array:
        return subject.excused(call.function, call.arguments, pick, np.asarray(got), e)

    finding = compare(quantity, got, e, excused if prove else None)
    if finding is not None:
        cause = cause_of(got, e, sizes=subject.sizes)
        finding = replace(finding, inputs=subject.inputs_at(finding.index), cause=cause)
        return Report("", (finding,), Tally(1, 0, {}, twin), notes)
    worst = {p: float(ratios(got, e).max(initial=0.0))}
    fired, slipped = slipping_controls(got, e, subject.terms, size=subject.size_of(call.sizing)) if prove else (0, [])
    message = f"proves nothing: the bound would let these altered copies pass too: {', '.join(slipped)}"
    found = (Finding("void", quantity, message),) if slipped else ()
    return Report("", found, Tally(1, fired, worst, twin), notes)


def _of_twin(e: Expectation) -> Array:
    """Return the ratios of the twin's own result, infinite where it overflows and the truth does not."""
    overflowed = np.isfinite(e.truth) & ~np.isfinite(e.native) & (np.abs(e.truth) <= e.precision.largest)
    return np.where(overflowed, np.inf, ratios(e.native, e))


def _zeros(subject: Subject, quantity: str, got: Array, e: Expectation | None) -> Report:
    """Note, or refuse, zeros of the output whose sign is not the twin's."""
    assert e is not None
    zero = (got == 0) & (e.native == 0) & (e.truth == 0)
    other = zero & (np.signbit(got) != np.signbit(e.native))
    if not np.any(other):
        return Report("")
    message = f"zeros with another sign than the twin's: {np.count_nonzero(other)}"
    if subject.signed_zeros:
        return Report("", (Finding("mismatch", quantity, message),))
    return Report("", notes=(f"{quantity}: {message}",))


def _gradients(
    subject: Subject, kind: str, cotangents: list[Array], expected: Expected, sound: bool, *, prove: bool
) -> Report:
    """Judge the gradients of every wanted input for one choice of cotangents; `sound`: the outputs matched."""
    backward = subject.backward
    assert backward is not None
    k = len(cotangents)

    def function(*arguments: Any, **options: Any) -> Any:
        return backward(arguments[0] if k == 1 else arguments[:k], *arguments[k:], **options)

    arguments = [*cotangents, *subject.arrays]
    outcome = observe(function, arguments, subject.options, [*numbered("grad", k), *subject.names], "backward")
    if outcome.value is None and outcome.findings:
        return Report("", outcome.findings, notes=outcome.warned).within(kind)
    found = gradients_by_name(subject, outcome.value)
    if isinstance(found, Finding):
        return Report("", (*outcome.findings, found)).within(kind)
    reports = [Report("", outcome.findings, notes=outcome.warned)]
    call = _Call(function, arguments, cotangents)
    for j, name in enumerate(subject.names):
        if not subject.wanted[j]:
            continue
        got, e = found.get(name), expected.at(k + j)
        wrong = _gradient_structure(f"gradient of {name}", got, e, cotangents[0].shape)
        if wrong or got is None or e is None:
            reports.append(Report("", wrong))
            continue
        report = _array(subject, f"gradient of {name}", got, expected, k + j, call, _named(subject, name), prove=prove)
        reports.append(explain(subject, report, got, j, cotangents, expected, sound=sound))
    return Report.joined("", reports).within(kind)


def _gradient_structure(
    quantity: str, got: Array | None, e: Expectation | None, output: tuple[int, ...]
) -> tuple[Finding, ...]:
    if e is None:
        given = got is not None and np.any(got)
        return (Finding("structure", quantity, "is given; the twin has none"),) if given else ()
    if got is None:
        return (Finding("structure", quantity, "is missing; the twin has one"),)
    cause = shape_cause(got.shape, e.truth.shape, output)
    return tuple(replace(f, cause=cause) for f in _structure([quantity], [got], [e.native]))


def _nth(i: int) -> Callable[[Any], Any]:
    return lambda value: arrays_in(value)[i]


def _named(subject: Subject, name: str) -> Callable[[Any], Any]:
    def pick(value: Any) -> Any:
        named = gradients_by_name(subject, value)
        return None if isinstance(named, Finding) else named.get(name)

    return pick


def gradients_by_name(subject: Subject, value: Any) -> dict[str, Array | None] | Finding:
    """Return the gradients that backward returned by the names of the inputs, or what is wrong with their form."""
    wanted = [n for n, w in zip(subject.names, subject.wanted, strict=True) if w]
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        found: dict[str, Any] = {}
        for field, v in zip(value._fields, value, strict=True):
            found |= {f"{field}[{i}]": part for i, part in enumerate(v)} if isinstance(v, (tuple, list)) else {field: v}
        unknown = [n for n in found if n not in subject.names and found[n] is not None]
        if unknown:
            inputs = ", ".join(subject.names)
            message = f"returns fields {', '.join(unknown)}, which are no inputs of forward ({inputs})"
            return Finding("structure", "gradients", message)
    else:
        values = list(value) if isinstance(value, (tuple, list)) else [value]
        order = wanted if len(values) == len(wanted) else list(subject.names)
        if len(values) != len(order):
            message = f"returns {len(values)} gradients for the differentiable inputs {', '.join(wanted)}"
            return Finding("structure", "gradients", message)
        found = dict(zip(order, values, strict=True))
    return {n: None if v is None else np.asarray(v) for n, v in found.items()}
