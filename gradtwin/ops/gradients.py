"""The backward of a suspect: its gradients by the names of the inputs, judged for several choices of cotangents."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, Outcome, aside, enter, observe
from gradtwin.core.causes import shape_cause
from gradtwin.core.coverage import GRADIENTS, Coverage, Part
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import misfits
from gradtwin.core.truth import Truth
from gradtwin.ops.blame import Call, blamed_gradient
from gradtwin.ops.conduct import backward_conduct
from gradtwin.ops.quantity import Structure, covered, hold_array, structure, zeros
from gradtwin.ops.subject import Subject, numbered
from gradtwin.ops.truth import OpTruth

__all__ = ["Backward", "gradients_by_name", "judge_once", "of_outputs"]

Array = NDArray[Any]

RANDOM, ZEROS, EXPANDED = range(3)
"""The choices of cotangents that a subject draws, by their places."""
UNASKED = "gradients of {} are not judged: backward names others, and not these"
NO_GRAPH = "the twin has no gradient here: its result has no graph (no_grad, detach, or no floating numbers)"


class Backward:
    """A suspect's backward, and the choices of cotangents that it is judged for.

    `subject` is the suspect with every input wanted of which it returns a gradient, whether asked for or not.

    Parameters
    ----------
    subject : Subject
        The suspect.
    cotangents : sequence of lists of arrays
        The choices, each with one array an output.
    """

    def __init__(self, subject: Subject, cotangents: Sequence[list[Array]]) -> None:
        self.cotangents = cotangents
        random = cotangents[RANDOM]
        is_of_several = subject.origin.gradient is not None and len(random) > 1
        self.alone = [_only(random, i) for i in range(len(random)) if is_of_several]
        self.single = _single(random) if subject.manner.jacobian else {}
        # Before the twin is asked: which inputs it must have a gradient of, only what the suspect returns can tell.
        self._first = _observed(subject, cotangents[RANDOM], interlude=True)
        self.unasked = _not_returned(subject, self._first)
        self.subject = _with_returned(_without(subject, self.unasked), self._first, cotangents)

    def judge(self, truth: OpTruth, *, sound: bool) -> Report:
        """Judge the gradients for the random cotangents; and, where they match, for the others; `sound` outputs do."""
        first = _Choice(self.subject, truth, RANDOM, self.cotangents[RANDOM], sound)
        report = first.judge("random cotangent", self._first)
        # A wrong gradient is wrong for all of them, and would be told as often.
        further = (self._variants, self._in_parts, self._by_entry)
        variants = [] if report.findings else [r for judged in further for r in judged(truth, sound)]
        remarks = (UNASKED.format(", ".join(self.unasked)),) if self.unasked else ()
        return Report.joined("", [report, *variants, Report("", remarks=remarks)])

    def truth(self) -> OpTruth:
        """Return what the twin says for all choices of cotangents, those of one output alone after the others."""
        return self.subject.truth([*self.cotangents, *self.alone, *self.single.values()])

    def _in_parts(self, truth: OpTruth, sound: bool) -> list[Report]:
        """Judge a backward by hand for one input alone that needs a gradient, and for one output's cotangent alone.

        Such a backward may ask which inputs need a gradient, and finds None in place of a cotangent that did not come.
        """
        make, inputs, random = self.subject.origin.gradient, self.subject.inputs, self.cotangents[RANDOM]
        if make is None:
            return []
        parts = []
        for j, name in enumerate(inputs.names) if sum(inputs.wanted) > 1 else ():
            if inputs.wanted[j]:
                wanted = tuple(i == j for i in range(len(inputs.wanted)))
                only = replace(self.subject, backward=make(wanted), inputs=replace(inputs, wanted=wanted))
                choice = _Choice(only, truth, RANDOM, random, sound, prove=False)
                parts.append(choice.judge(f"requires_grad of {name} alone", _observed(only, random)))
        for i, cotangents in enumerate(self.alone):
            only = replace(self.subject, backward=make(inputs.wanted, i))
            choice = _Choice(only, truth, len(self.cotangents) + i, cotangents, sound, prove=False)
            parts.append(choice.judge(f"cotangent of output {i} alone, the others None", _observed(only, cotangents)))
        return parts

    def _by_entry(self, truth: OpTruth, sound: bool) -> list[Report]:
        """Judge the rows of the Jacobian one by one, where that is asked for, up to the first that is wrong."""
        reports: list[Report] = []
        first = len(self.cotangents) + len(self.alone)
        for i, (entry, choice) in enumerate(self.single.items()):
            outcome = _aside(self.subject, choice)
            choice_of_one = _Choice(self.subject, truth, first + i, choice, sound, prove=False)
            reports.append(choice_of_one.judge(f"derivative of {entry}", outcome))
            if reports[-1].findings:
                break
        return reports

    def _variants(self, truth: OpTruth, sound: bool) -> list[Report]:
        """Judge for the random cotangents with gaps in memory, for one number expanded, and for zeros."""
        kinds = [("zero cotangent", ZEROS, self.cotangents[ZEROS])]
        if len(self.cotangents) > EXPANDED:
            kinds.insert(0, ("expanded cotangent", EXPANDED, self.cotangents[EXPANDED]))
            kinds.insert(0, ("strided cotangent", RANDOM, [_with_gaps(c) for c in self.cotangents[RANDOM]]))
        return [
            _Choice(self.subject, truth, place, choice, sound, prove=False).judge(kind, _observed(self.subject, choice))
            for kind, place, choice in kinds
        ]


def judge_once(subject: Subject, cotangents: list[Array]) -> Report:
    """Judge the gradients for one choice of cotangents by a single call, nothing of which is observed."""
    choice = _Choice(subject, subject.truth([cotangents]), RANDOM, cotangents, sound=True)
    return choice.judge("random cotangent", _aside(subject, cotangents))


def _aside(subject: Subject, cotangents: Sequence[Array]) -> Outcome:
    """Return what a backward answers to a call that nobody observes."""
    inputs, backward = subject.inputs, of_outputs(subject.backward, len(cotangents))
    return aside("backward", backward, [*cotangents, *inputs.arrays], inputs.options, subject.places)


def _observed(subject: Subject, cotangents: Sequence[Array], *, interlude: bool = False) -> Outcome:
    inputs, count = subject.inputs, len(cotangents)
    names = [*numbered("grad", count), *inputs.names]
    backward, arguments = of_outputs(subject.backward, count), [*cotangents, *inputs.arrays]
    conduct = backward_conduct(subject, backward, count, interlude=interlude)
    return observe(backward, arguments, inputs.options, names, "backward", conduct)


def _not_returned(subject: Subject, outcome: Outcome) -> list[str]:
    """Return the inputs that a backward names no gradient of, while it names others, and that nobody asked for."""
    inputs = subject.inputs
    if inputs.chosen or not isinstance(outcome.value, Mapping):
        return []
    wanted = [n for n, w in zip(inputs.names, inputs.wanted, strict=True) if w]
    missing = [n for n in wanted if n not in outcome.value]
    return missing if len(missing) < len(wanted) else []


def _without(subject: Subject, names: Collection[str]) -> Subject:
    """Return the subject with no gradient wanted of these inputs."""
    if not names:
        return subject
    inputs = subject.inputs
    wanted = tuple(w and n not in names for n, w in zip(inputs.names, inputs.wanted, strict=True))
    return replace(subject, inputs=replace(inputs, wanted=wanted))


def _with_returned(subject: Subject, outcome: Outcome, cotangents: Sequence[list[Array]]) -> Subject:
    """Return the subject with every floating input wanted of which a gradient came that is not zero.

    What nobody asked for is judged all the same, as far as the twin has a gradient of it.
    """
    gradients = None if outcome.value is None else gradients_by_name(subject, outcome.value)
    if gradients is None or isinstance(gradients, Finding):
        return subject
    inputs = subject.inputs
    wanted = tuple(
        w or (isinstance(x, np.ndarray) and x.dtype.kind == "f" and _is_given(gradients.get(name)))
        for name, x, w in zip(inputs.names, inputs.arrays, inputs.wanted, strict=True)
    )
    wider = subject if wanted == inputs.wanted else replace(subject, inputs=replace(inputs, wanted=wanted))
    return wider if wider is subject or _has_gradients(wider, cotangents) else subject


def _has_gradients(subject: Subject, cotangents: Sequence[list[Array]]) -> bool:
    """Return whether the twin can be differentiated by all that the suspect returns a gradient of, to numbers."""
    try:
        gradients = subject.truth(cotangents).plain.gradients[RANDOM]
    except (UsageError, RuntimeError):
        return False
    return all(g is None or not np.any(np.isnan(g)) for g in gradients)


def _only(cotangents: Sequence[Array], place: int) -> list[Array]:
    """Return the cotangent of one output, and zeros for the others."""
    return [c if i == place else np.zeros_like(c) for i, c in enumerate(cotangents)]


def _single(cotangents: Sequence[Array]) -> dict[str, list[Array]]:
    """Return a cotangent of one for every element of every output, and zeros for the others, by what that is of."""
    chosen: dict[str, list[Array]] = {}
    for i, c in enumerate(cotangents):
        output = numbered("output", len(cotangents))[i]
        for at in np.ndindex(c.shape):
            zeros = [np.zeros_like(x) for x in cotangents]
            zeros[i][at] = 1
            chosen[f"{output}{list(at)}" if at else output] = zeros
    return chosen


def _is_given(gradient: Array | None) -> bool:
    return gradient is not None and bool(np.any(gradient))


def _with_gaps(x: Array) -> Array:
    """Return the same values in memory with gaps between them."""
    if x.ndim == 0:
        return x
    # NaN in the gaps: code that reads on through memory, as if there were none, cannot be right by chance.
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
    prove: bool = True

    def judge(self, kind: str, outcome: Outcome) -> Report:
        """Judge the gradients of every wanted input that the backward returned."""
        inputs = self.subject.inputs
        gradients = {} if outcome.value is None else gradients_by_name(self.subject, outcome.value)
        if (outcome.value is None and outcome.findings) or isinstance(gradients, Finding):
            misfit = (gradients,) if isinstance(gradients, Finding) else ()
            return Report("", (*outcome.findings, *misfit), remarks=outcome.notes).within(kind)
        reports = [Report("", outcome.findings, remarks=outcome.notes)]
        wanted = [(j, name) for j, name in enumerate(inputs.names) if inputs.wanted[j]]
        if all(self.truth.native.gradients[self.place][j] is None for j, _ in wanted):
            unproven = {Part(GRADIENTS, name): NO_GRAPH for _, name in wanted} if self.prove else {}
            reports.append(Report("", coverage=Coverage(unproven=unproven)))
        else:
            reports += [self._gradient(j, gradients) for j, name in wanted]
        return Report.joined("", reports).within(kind)

    def _gradient(self, j: int, gradients: Mapping[str, Array | None]) -> Report:
        inputs, name = self.subject.inputs, self.subject.inputs.names[j]
        got = gradients.get(name)
        quantity, native = f"gradient of {name}", self.truth.native.gradients[self.place][j]
        look = self.truth.gradient(self.place, j)
        form = self._structure_of(quantity, got, native, look)
        if not form.comparable or got is None or native is None:
            return Report("", form.findings, remarks=form.notes)
        function = of_outputs(self.subject.backward, len(self.cotangents))
        call = Call(function, [*self.cotangents, *inputs.arrays], inputs.options, _named(self.subject, name))
        comparison = hold_array(self.subject, quantity, got, look, call, self.cotangents if self.prove else None)
        report = blamed_gradient(self.subject, comparison, gradients, j, self.cotangents, call, self.sound)
        final = comparison if report.findings else comparison.cleared
        part = Part(GRADIENTS, name)
        coverage = covered(self.subject, final, got, part, j) if self.prove else Coverage()
        parts = [Report("", form.findings, remarks=form.notes), replace(report, coverage=coverage)]
        if "gradients" in self.subject.manner.signed_zeros:
            parts.append(zeros(self.subject, comparison, got, whose="gradients"))
        return Report.joined("", parts)

    def _structure_of(self, quantity: str, got: Array | None, native: Array | None, truth: Truth) -> Structure:
        if native is None:
            findings = (Finding("structure", quantity, "is given; the twin has none"),) if _is_given(got) else ()
            return Structure(findings, comparable=False)
        if got is None:
            return Structure((Finding("structure", quantity, "is missing; the twin has one"),), comparable=False)
        form = structure([quantity], [got], [native], asked=self.subject.manner.asked)
        cause = shape_cause(got, native.shape, self.cotangents[0].shape, truth)
        return replace(form, findings=tuple(replace(f, cause=cause) for f in form.findings))


def of_outputs(backward: Code | None, count: int) -> Code:
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
    if isinstance(value, Mapping):
        gradients: dict[str, Any] = dict(value)
        unknown = [n for n in gradients if n not in names and gradients[n] is not None]
        if unknown:
            message = f"returns fields {', '.join(unknown)}, which are no inputs of forward ({', '.join(names)})"
            return Finding("structure", "gradients", message)
    else:
        values = list(value) if isinstance(value, (tuple, list)) else [value]
        # One for every input that has a gradient, or one for every input, None where there is none.
        order = wanted if len(values) == len(wanted) else list(names)
        if len(values) != len(order):
            message = (
                f"returns {len(values)} gradients for the differentiable inputs {', '.join(wanted)}; name those that "
                "it has a gradient of by differentiable=(...), or return a dict of them"
            )
            return Finding("structure", "gradients", message)
        gradients = dict(zip(order, values, strict=True))
    no_arrays = [words for v in gradients.values() for words in misfits(v)]
    if no_arrays:
        return Finding("structure", "gradients", f"returns {no_arrays[0]}")
    nested = [n for n, v in gradients.items() if isinstance(v, (tuple, list))]
    if nested:
        return Finding("structure", "gradients", f"returns a {type(gradients[nested[0]]).__name__} for {nested[0]}")
    # A float of Python's has no precision of its own; NumPy's float64, which is a float too, has one.
    precision = subject.precision.name
    return {n: v if v is None else np.asarray(v, precision if type(v) is float else None) for n, v in gradients.items()}
