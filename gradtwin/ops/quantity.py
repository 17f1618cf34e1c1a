"""Judging one array that an operation returned: its structure, its values, and what a match of it covers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.beside import beside
from gradtwin.core.bound import OTHER_INPUTS, K, Precision, precision
from gradtwin.core.carrier import dtype_name
from gradtwin.core.controls import Controls
from gradtwin.core.coverage import GRADIENTS, Coverage, Part
from gradtwin.core.errors import UsageError
from gradtwin.core.formats import Formats
from gradtwin.core.hold import Comparison, Excuse, hold
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import arrays_in, magnitude, parts_of
from gradtwin.core.together import together
from gradtwin.core.truth import Expectation, ratios
from gradtwin.forms.nested import ResultLayout
from gradtwin.ops.blame import Call, explained_by_own_rounding
from gradtwin.ops.evaluation import Question
from gradtwin.ops.labels import LabelTruth
from gradtwin.ops.subject import Subject
from gradtwin.ops.truth import Look

__all__ = ["Structure", "covered", "hold_array", "nesting", "structure", "typed", "zeros"]

Array = NDArray[Any]

ZERO = "every value is zero at these inputs: give inputs at which something comes out"
SWALLOWED = "rounding decides every value: zeros would pass as well"
NOT_FINITE = "no value that came back is finite, as none of the twin's own is: give inputs that overflow in neither"


def typed(value: Any, expected: Sequence[Array]) -> list[Array]:
    """Return the arrays of a result; a number of Python's, which has no precision of its own, in the twin's."""
    arrays = arrays_in(value)
    leaves = [v for v in (value if isinstance(value, (tuple, list)) else [value]) if v is not None]
    if len(leaves) == len(arrays) == len(expected):
        for i, (leaf, e) in enumerate(zip(leaves, expected, strict=True)):
            # The type itself: NumPy's float64 is a float too, and has a precision.
            if type(leaf) in (int, float) and e.dtype.kind == "f":
                with np.errstate(over="ignore"):
                    arrays[i] = arrays[i].astype(e.dtype)
    return arrays


def nesting(ours: ResultLayout, layout: Sequence[str] | None, count: int) -> list[Finding]:
    """Return the finding of a result that is laid out otherwise than the twin's, of that many outputs."""
    if ours.names == layout:
        return []
    if layout is not None:
        results = "an array or a tuple of arrays" if ours.names is None else ", ".join(ours.names)
        return [Finding("structure", "output", f"returns {results} where the twin returns {', '.join(layout)}")]
    outer, twins = ours.last, "an array" if count == 1 else f"{count} arrays"
    inner = [v for v in outer if parts_of(v) is not None] if isinstance(outer, (tuple, list)) else []
    kind = f"{type(inner[0]).__name__} in a {type(outer).__name__}" if inner else type(outer).__name__
    return [Finding("structure", "output", f"returns a {kind} where the twin returns {twins}")]


@dataclass(frozen=True)
class Structure:
    """What is wrong, or worth a note, about the form of a result, and whether its values can be compared."""

    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    comparable: bool = True


def structure(
    names: Sequence[str],
    got: Sequence[Array],
    expected: Sequence[Array],
    *,
    asked: bool,
    are_pairs: Sequence[bool] = (),
) -> Structure:
    """Compare numbers of arrays, shapes and dtypes; another dtype does not keep real numbers from being compared.

    A result that is wider than the twin's is a fault only where that precision was `asked` for. `are_pairs` tells which
    of the twin's are complex numbers, and so pairs.
    """
    if len(got) != len(expected):
        message = f"returns {len(got)} arrays where the twin returns {len(expected)}"
        return Structure((Finding("structure", "output", message),), comparable=False)
    findings, notes, comparable = [], [], True
    for i, (name, g, e) in enumerate(zip(names, got, expected, strict=True)):
        if any(are_pairs[i : i + 1]) and e.shape == (*g.shape, 2):
            findings.append(Finding("structure", name, "has real numbers where the twin has complex ones"))
            comparable = False
        elif g.shape != e.shape:
            findings.append(Finding("structure", name, f"has shape {g.shape} where the twin has {e.shape}"))
            comparable = False
        elif dtype_name(g) != dtype_name(e):
            message = f"has dtype {dtype_name(g)} where the twin has {dtype_name(e)}"
            if not asked and g.dtype.kind == e.dtype.kind == "f" and g.dtype.itemsize > e.dtype.itemsize:
                notes.append(f"{name} {message}")
                continue
            findings.append(Finding("structure", name, message))
            comparable = comparable and g.dtype.kind in "fiub"
    return Structure(tuple(findings), tuple(notes), comparable)


def hold_array(
    subject: Subject, quantity: str, got: Array, look: Look | LabelTruth, call: Call, sizing: Sequence[Any] | None
) -> Comparison:
    """Hold one array, which `call` makes, against the twin; with `sizing`, a match must refuse altered copies.

    `sizing` holds the arrays from which the size of a result is taken. The gradient of one random cotangent has to
    prove itself; that of an expanded one need not, since it is zero for every function that a constant does not move. A
    difference that only such a further cotangent shows comes from its layout, never from rounding.
    """
    inputs = subject.inputs
    controls = None if sizing is None else Controls(inputs.terms, size=magnitude(sizing, "f"), terms=inputs.longest)

    def excuse(e: Expectation, outside: Array) -> Excuse | None:
        return _excuse(subject, call, got, e, outside, look)

    comparison = hold(quantity, got, look, controls, None if sizing is None else excuse)
    assert comparison is not None  # the shadows of a function have one shape
    if sizing is None:
        return comparison
    return replace(together(comparison, got), beside=beside(got, comparison.expectation))


def _excuse(
    subject: Subject, call: Call, got: Array, e: Expectation, outside: Array, look: Look | LabelTruth
) -> Excuse | None:
    """Return what tells a right formula from a wrong one: sums in a coarser precision, or digits lost on the way."""
    coarse = look.summing_in(subject.precision) if isinstance(look, Look) else None
    # Where zeros would pass as well, a coarser sum explains anything.
    telling = coarse is not None and bool(np.any(np.abs(coarse.truth) > coarse.bound))
    if coarse is not None and telling and np.all(ratios(got, coarse)[outside] <= 1):
        name, finer = subject.precision.name, subject.accumulator.name
        message = f"adds up in {name}, where the twin adds up in {finer} (accumulator_dtype={name!r} admits it)"
        return Excuse("imprecise", message)
    if np.all(explained_by_own_rounding(subject, call, got, e)[outside]):
        coarser = _coarser_on_the_way(subject, call, got, e)
        if coarser is not None:
            name, finer = coarser.name, e.coarsest.name
            message = (
                f"is right to the precision of {name} only, not to that of {finer}: it computes in {name} on the way"
            )
            return Excuse("imprecise", message)
        return Excuse("unstable", "the formula agrees, the way of computing it loses digits that the twin keeps")
    return None


def _coarser_on_the_way(subject: Subject, call: Call, got: Array, e: Expectation) -> Precision | None:
    """Return a format of less digits than any of the twin's in which the suspect computes, as far as torch shows it."""
    formats = Formats()
    with formats:
        call.on(call.arguments, got.shape)
    coarsest = max((p for p in formats.seen if not p.stored), key=lambda p: p.unit, default=e.coarsest)
    return coarsest if coarsest.unit > e.coarsest.unit else None


def zeros(subject: Subject, comparison: Comparison, got: Array, *, whose: str = "outputs") -> Report:
    """Note, or refuse, zeros whose sign is not the twin's."""
    e = comparison.expectation
    # Which sign a zero has may depend on the kernel that the processor gets: none is asked that float64 has not, too.
    zero = (got == 0) & (e.native == 0) & (e.truth == 0) & (np.signbit(e.native) == np.signbit(e.truth))
    differs = zero & (np.signbit(got) != np.signbit(e.native))
    if not np.any(differs):
        return Report("")
    message = f"zeros with another sign than the twin's: {np.count_nonzero(differs)}"
    if whose in subject.manner.signed_zeros:
        return Report("", (Finding("mismatch", comparison.quantity, message),))
    return Report("", remarks=(f"{comparison.quantity}: {message}",))


def covered(subject: Subject, comparison: Comparison, got: Array, part: Part, place: int) -> Coverage:
    """Return what a comparison of an output, or of the gradient of an input, by its place among them, proves."""
    if comparison.finding is not None or comparison.controls.slipped:
        return Coverage()  # a finding says so
    if got.size and not np.any(np.isfinite(got)) and np.any(np.isfinite(comparison.expectation.reachable)):
        return Coverage(unproven={part: NOT_FINITE})  # no control is made of what failed with the twin
    if comparison.controls.telling:
        return Coverage((part,))
    # Other inputs cost runs of the twin, and are asked only where zeros are all there is.
    why = _nothing_in(comparison.expectation)
    is_bounded = not comparison.controls.passed
    if is_bounded and _is_zero(comparison.expectation.truth) and _is_zero_elsewhere(subject, part, place):
        return Coverage((part,), zeros=(part,))
    return Coverage(unproven={part: why})


def _nothing_in(e: Expectation) -> str:
    """Return why altered copies of a result cannot be told from it."""
    if e.truth.size == 0:
        return "there are no elements"
    if not np.any(np.isfinite(e.reachable)):
        return "every value is NaN or infinite"
    return ZERO if not np.any(np.where(np.isfinite(e.reachable), e.reachable, 0)) else SWALLOWED


def _is_zero_elsewhere(subject: Subject, part: Part, place: int) -> bool:
    """Return whether an output, or a gradient, of the twin is zero at other inputs too, as zeros by definition are."""
    answers = [_elsewhere(subject, part, place, seed) for seed in range(OTHER_INPUTS)]
    values = [x for x in answers if x is not None]
    return bool(values) and all(map(_is_zero, values))


def _is_zero(x: Array) -> bool:
    """Return whether every value is zero; of what cancels, rounding in float64 is left."""
    # Beside 1 and not beside the largest element, which is rounding too where everything cancels.
    return x.size > 0 and bool(np.all(np.abs(x) <= K * precision("float64").unit))


def _elsewhere(subject: Subject, part: Part, place: int, seed: int) -> Array | None:
    """Return an output, or a gradient, of the twin in float64 at random inputs; None where it has none there."""
    rng = np.random.default_rng(seed)
    arrays = [_random_like(x, rng) for x in subject.inputs.arrays]
    try:
        if part.kind != GRADIENTS:
            return subject.twin.run(Question(arrays, subject.wanted)).outputs[place]
        cotangents = subject.cotangents([x.shape for x in subject.native.answer(()).outputs])[:1]
        return subject.twin.run(Question(arrays, subject.wanted, cotangents)).gradients[0][place]
    except (UsageError, RuntimeError):
        return None


def _random_like(x: Any, rng: np.random.Generator) -> Any:
    is_real = isinstance(x, np.ndarray) and x.dtype.kind == "f"
    return np.asarray(rng.standard_normal(x.shape), x.dtype) if is_real else x
