"""Who is off, and why: the suspect's own rounding, the certified witness, and the cause where one is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import DIAGONAL_SIZE, OWN_RUNS, WITNESS_PLACES, K, allowed
from gradtwin.core.call import Code, enter
from gradtwin.core.causes import cause_of
from gradtwin.core.errors import ExtraMissingError
from gradtwin.core.hold import Comparison
from gradtwin.core.noise_numpy import NumpyShadow, plain
from gradtwin.core.report import Report
from gradtwin.core.truth import Expectation, ratios
from gradtwin.core.witness import certified_gradient
from gradtwin.ops.subject import Subject
from gradtwin.ops.twin import Question

__all__ = ["Call", "blamed_gradient", "blamed_output", "explained_by_own_rounding"]

Array = NDArray[Any]

WIDER = (np.longdouble, np.float64)
"""The types to run a suspect in for more range; not all of SciPy takes the first."""


@dataclass(frozen=True)
class Call:
    """A call of the suspect, and how the array in question is taken from what it returns."""

    function: Code
    arguments: Sequence[Any]
    options: Mapping[str, Any]
    pick: Callable[[Any], Any]

    def on(self, arguments: Sequence[Any], shape: tuple[int, ...]) -> Array | None:
        """Return the array for other arguments; None where the code cannot be run with them."""
        try:
            with np.errstate(all="ignore"):
                result = np.asarray(plain(self.pick(plain(enter(self.function, *arguments, **self.options)))))
        except Exception:  # code that cannot be run that way has no excuse
            return None
        return result if result.shape == shape else None


def explained_by_own_rounding(subject: Subject, call: Call, got: Array, e: Expectation) -> Array:
    """Return where the way of computing, not the formula, explains the suspect's distance from the twin.

    That is where the suspect's own shadow runs reach the twin, where noise decides whether the result is finite, and
    where the suspect agrees with the twin once it is run in a wider type.
    """
    p, shape = subject.precision, e.truth.shape
    wide = [x for t in WIDER if (x := call.on([_widened(a, t) for a in call.arguments], shape)) is not None]
    with np.errstate(over="ignore"):
        agrees = ratios(wide[0].astype(np.float64), e) <= 1 if wide else np.zeros(shape, bool)
    noise = [NumpyShadow(K * p.unit, K * p.eta, subject.seed + i) for i in range(OWN_RUNS)]
    runs = [x for n in noise if (x := call.on([n.wrap(a) for a in call.arguments], shape)) is not None]
    if len(runs) < OWN_RUNS:
        return agrees
    stack = np.stack(runs).astype(np.float64)
    with np.errstate(all="ignore"):
        spread = np.max(np.abs(stack - np.median(stack, axis=0)), axis=0)
        near = np.abs(np.asarray(got, np.float64) - e.truth) <= allowed(e.truth, spread, p)
        same = (stack == got) | (np.isnan(stack) & np.isnan(got)) | (np.isfinite(stack) & np.isfinite(got))
    return np.asarray(agrees | near | ~np.all(same, axis=0))


def _widened(x: Any, wider: type) -> Any:
    """Return a floating array in a type of more digits or more range."""
    return x.astype(wider) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def blamed_output(subject: Subject, comparison: Comparison, got: Array) -> Report:
    """Return the report on an output, with the inputs at the place of its finding and the cause."""
    if comparison.finding is None:
        return comparison.report(*((comparison.unproven,) if comparison.controls.passed else ()))
    cause = cause_of(got, comparison.expectation, sizes=subject.sizes)
    at = comparison.finding.index
    return comparison.report(replace(comparison.finding, inputs=subject.inputs.at(at), cause=cause))


def blamed_gradient(
    subject: Subject, comparison: Comparison, got: Array, j: int, cotangents: Sequence[Array], call: Call, sound: bool
) -> Report:
    """Return the report on the gradient of input j, with the side and the cause of its finding.

    Before a gradient is accused, the certified witness is asked. It differentiates the suspect's own forward, so it is
    asked only where that forward is `sound`; where it finds the twin further from the truth, the finding is a note.
    """
    if comparison.finding is None:
        return comparison.report(*((comparison.unproven,) if comparison.controls.passed else ()))
    e, finding = comparison.expectation, comparison.finding
    if finding.verdict != "unstable" and not e.exact and sound and len(cotangents) == 1:
        side = _further_from_truth(subject, got, e, j, cotangents[0])
        if side == "twin":
            note = f"{finding.quantity}: outside the twin's bound, but certified closer to the truth than the twin"
            return comparison.acquitted(note)
        finding = replace(finding, side=side)
    cause = cause_of(
        got,
        e,
        sizes=subject.sizes,
        kinks=subject.manner.kinks,
        at=subject.inputs.arrays[j],
        diagonal=lambda: _diagonal(subject, j, cotangents),
        of_cotangent=lambda: _of_cotangent(call, got, cotangents),
    )
    return comparison.report(replace(finding, inputs=subject.inputs.at(finding.index), cause=cause))


def _further_from_truth(subject: Subject, got: Array, e: Expectation, j: int, cotangent: Array) -> str | None:
    """Return the side that the certified derivative finds further off at every place in question, or None."""
    places = [tuple(int(i) for i in at) for at in np.argwhere(ratios(got, e) > 1)]
    if len(places) > WITNESS_PLACES or not all(np.isfinite(got[at]) for at in places):
        return None

    def forward(*arrays: Any) -> Any:
        return enter(subject.forward, *arrays, **subject.inputs.options)

    try:
        certified = certified_gradient(forward, subject.inputs.arrays, j, places, cotangent.astype(np.float64))
    except ExtraMissingError:
        return None
    if certified is None:
        return None
    off = [(abs(float(got[at]) - v), abs(e.truth[at] - v), r) for at, (v, r) in zip(places, certified, strict=True)]
    if all(suspect + r < twin - r for suspect, twin, r in off):
        return "twin"
    return "suspect" if all(twin + r < suspect - r for suspect, twin, r in off) else None


def _of_cotangent(call: Call, got: Array, cotangents: Sequence[Array]) -> str | None:
    """Return what is wrong with how a gradient depends on its cotangent, as far as that times -2 shows it."""
    other = call.on([*(-2 * c for c in cotangents), *call.arguments[len(cotangents) :]], got.shape)
    if other is None or not np.any(got) or not any(np.any(c) for c in cotangents):
        return None
    if np.array_equal(other, got):
        return "the result ignores the cotangent: it is the same for another one"
    if np.array_equal(other, 4 * got):
        return "the cotangent is multiplied in twice: the result goes with its square"
    return None


def _diagonal(subject: Subject, j: int, cotangents: Sequence[Array]) -> Array | None:
    """Return the gradient of input j that the diagonal of the Jacobian alone would give."""
    grad, x = cotangents[0], subject.inputs.arrays[j]
    if len(cotangents) != 1 or grad.shape != x.shape or not 1 < x.size <= DIAGONAL_SIZE:
        return None
    units = []
    for at in np.ndindex(x.shape):
        unit = np.zeros(x.shape)
        unit[at] = float(grad[at])
        units.append([unit])
    evaluation = subject.twin.run(Question(subject.inputs.arrays, subject.inputs.wanted, units))
    out = np.zeros(x.shape)
    for at, gradients in zip(np.ndindex(x.shape), evaluation.gradients, strict=True):
        gradient = gradients[j]
        out[at] = 0.0 if gradient is None else gradient[at]
    return out
