"""Who is off, and why: rounding, a kink, a dispute, the third opinion, and the cause where one is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.beside import is_as_good
from gradtwin.core.bound import DIAGONAL_SIZE, OWN_RUNS, K
from gradtwin.core.call import Code, enter
from gradtwin.core.carrier import is_stored
from gradtwin.core.causes import cause_of, is_multiple
from gradtwin.core.controls import Controls
from gradtwin.core.formats import Wide
from gradtwin.core.hold import Comparison
from gradtwin.core.noise_numpy import NumpyShadow, plain
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import magnitude
from gradtwin.core.truth import Expectation, ratios
from gradtwin.ops.acquittal import third_opinion
from gradtwin.ops.branch import Branches, other_branch, overflow
from gradtwin.ops.contested import Contested, Ruling, coarse_bound
from gradtwin.ops.dispute import cut_graph, undefined
from gradtwin.ops.evaluation import Question
from gradtwin.ops.kinks import at_kinks
from gradtwin.ops.picks import tied_picks
from gradtwin.ops.subject import Subject

__all__ = ["Call", "blamed_gradient", "blamed_output", "explained_by_own_rounding"]

Array = NDArray[Any]

AS_GOOD_AS_THE_TWIN = "as good as the twin"
"""The name of what accepts an error of the size of the twin's own."""
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

    That is where the suspect agrees with the twin once it is run in a wider type, where its own shadow runs reach the
    twin, and where noise decides whether the result is finite. Shadow runs of an ill-conditioned formula reach
    anything: a suspect that a wider type does not bring closer is wrong, and so is a whole multiple of the truth.
    """
    p, shape = subject.precision, e.truth.shape
    with Wide():  # with what it casts down on its own, as well
        runs = (call.on([_widened(a, t) for a in call.arguments], shape) for t in WIDER)
        wide = next((x for x in runs if x is not None), None)
    with np.errstate(over="ignore", invalid="ignore"):
        agrees = np.zeros(shape, bool) if wide is None else ratios(wide.astype(np.float64), e) <= 1
    noise = [NumpyShadow(K * p.unit, K * p.eta, subject.seed + i) for i in range(OWN_RUNS)]
    noisy = [x for n in noise if (x := call.on([n.wrap(a) for a in call.arguments], shape)) is not None]
    if len(noisy) < OWN_RUNS:
        return agrees
    stack = np.stack(noisy).astype(np.float64)
    with np.errstate(all="ignore"):
        # About their own median: about the truth, a wrong formula would be granted its error.
        spread = np.max(np.abs(stack - np.median(stack, axis=0)), axis=0)
        near = np.abs(np.asarray(got, np.float64) - e.truth) <= replace(e, spread=spread).bound
        near &= np.isfinite(e.truth)
        unchanged = (stack == got) | (np.isnan(stack) & np.isnan(got)) | (np.isfinite(stack) & np.isfinite(got))
        # Lost digits come back in a wider type; not every machine has one wider than float64.
        if wide is not None and wide.dtype.kind == "f" and np.finfo(wide.dtype).eps < 2 * p.unit:
            near &= np.abs(wide - e.truth) * K <= np.abs(np.asarray(got, np.float64) - e.truth)
    return np.asarray(agrees | (near & (not is_multiple(got, e))) | ~np.all(unchanged, axis=0))


def _widened(x: Any, wider: type) -> Any:
    """Return a floating array in a type of more digits or more range."""
    is_real = isinstance(x, np.ndarray) and x.dtype.kind == "f" and not is_stored(x)
    return x.astype(wider) if is_real else x


def blamed_output(subject: Subject, comparison: Comparison, got: Array, call: Call) -> Report:
    """Return the report on an output, with the inputs at the place of its finding and the cause."""
    finding, e = comparison.finding, comparison.expectation
    if finding is None or finding.index is None:  # no single element is at fault
        return comparison.report(*((comparison.unproven,) if comparison.controls.slipped else ()))
    names = list(subject.manner.names_of(len(subject.native.outputs) - subject.manner.decides))
    i = names.index(comparison.quantity)
    branches = Branches(
        subject,
        got,
        e,
        lambda inputs: call.on(inputs, e.truth.shape),
        lambda inputs: subject.twin.run(Question(inputs, subject.wanted)).outputs[i],
        lambda: coarse_bound(subject, [], i, e.truth.shape),
    )
    ruling = (
        _as_the_twin(subject, comparison, finding, got)
        or _as_good(subject, finding, got, e)
        or _singular(finding, got, e)
        or overflow(branches, finding)
        or tied_picks(subject, got, e, i, finding)
        or other_branch(branches, finding)
    )
    return _ruled(subject, comparison, got, ruling, call)


def blamed_gradient(
    subject: Subject,
    comparison: Comparison,
    gradients: Mapping[str, Array | None],
    j: int,
    cotangents: Sequence[Array],
    call: Call,
    sound: bool,
) -> Report:
    """Return the report on the gradient of input j, with the side and the cause of its finding.

    Before a gradient is accused, its place is looked at: whether it is a kink or a tie, whether the twin's gradient is
    one of its forward, whether it takes another branch. The third opinion differentiates the suspect's own forward, so
    it is asked only where that forward is `sound`.
    """
    finding, e = comparison.finding, comparison.expectation
    if finding is None or finding.index is None:  # no single element is at fault
        return comparison.report(*((comparison.unproven,) if comparison.controls.slipped else ()))
    contested = Contested(subject, j, cotangents, gradients, e)
    got = contested.got
    wanted = tuple(i == j for i in range(len(subject.inputs.arrays)))
    branches = Branches(
        subject,
        got,
        e,
        lambda inputs: call.on([*cotangents, *inputs], e.truth.shape),
        lambda inputs: subject.twin.run(Question(inputs, wanted, [cotangents])).gradients[0][j],
        lambda: contested.coarse,
    )
    # Kinks before a cut graph: at a kink no gradient is the derivative, though nobody has cut anything.
    ruling = (
        _as_the_twin(subject, comparison, finding, got)
        or _as_good(subject, finding, got, e)
        or _singular(finding, got, e)
    )
    if subject.twin.is_estimate:  # it is the slope itself, and has neither a convention nor branches of its own
        return _ruled(subject, comparison, got, ruling, call, contested)
    ruling = (
        ruling
        or at_kinks(contested, finding)
        or undefined(contested, finding)
        or overflow(branches, finding)
        or cut_graph(contested, finding)
        or other_branch(branches, finding)
    )
    if ruling is None and finding.verdict != "unstable" and not e.exact and sound:
        ruling = third_opinion(contested, finding)
    return _ruled(subject, comparison, got, ruling, call, contested)


def _ruled(
    subject: Subject,
    comparison: Comparison,
    got: Array,
    ruling: Ruling | None,
    call: Call,
    contested: Contested | None = None,
) -> Report:
    """Return the report after a ruling: a note in place of the finding, or the finding with its cause."""
    finding = comparison.finding
    assert finding is not None
    if ruling is not None and ruling.note is not None:
        return comparison.acquitted(ruling.note)
    if ruling is not None and ruling.finding is not None:
        finding = ruling.finding
    cause = cause_of(
        got,
        comparison.expectation,
        sizes=subject.sizes,
        kinks=subject.manner.kinks,
        at=None if contested is None else subject.inputs.arrays[contested.j],
        largest=magnitude(subject.inputs.arrays, "f"),
        diagonal=lambda: None if contested is None else _diagonal(subject, contested.j, contested.cotangents),
        of_cotangent=lambda: None if contested is None else _of_cotangent(call, got, contested.cotangents),
    )
    return comparison.report(replace(finding, inputs=subject.inputs.at(finding.index), cause=cause))


def _as_good(subject: Subject, finding: Finding, got: Array, e: Expectation) -> Ruling | None:
    """Return a note where an error is no larger than the twin's own and its user accepts that."""
    inputs = subject.inputs
    accepted = AS_GOOD_AS_THE_TWIN in subject.manner.accept
    if not accepted or not is_as_good(got, e, Controls(inputs.terms, terms=inputs.longest)):
        return None
    return Ruling(note=f"{finding.quantity}: outside the bound, with an error like the twin's own, which is accepted")


def _as_the_twin(subject: Subject, comparison: Comparison, finding: Finding, got: Array) -> Ruling | None:
    """Return the ruling where the twin's own result is as far off, by the same numbers: the suspect is not accused.

    Where zeros would be as good as such a twin, it judges nothing; a further cotangent has nothing to prove.
    """
    inputs, e = subject.inputs, comparison.expectation
    outside = ratios(got, e) > 1
    if not np.array_equal(got[outside], np.asarray(e.native)[outside]):
        return None
    if comparison.copies is None or is_as_good(got, e, Controls(inputs.terms, terms=inputs.longest)):
        return Ruling(note=f"{finding.quantity}: outside the bound where the twin's own is, and the same as that")
    message = "the twin's own result is the same, and nothing but error: nothing can be judged by it"
    return Ruling(replace(finding, verdict="inconclusive", message=message))


def _singular(finding: Finding, got: Array, e: Expectation) -> Ruling | None:
    """Return a note where noise decides whether the suspect is finite, and the truth itself is nothing but rounding."""
    rounding = np.isfinite(e.truth) & (np.abs(e.truth) <= e.spread) & (e.spread > 0)
    if finding.verdict != "unstable" or not np.all((~np.isfinite(got) & rounding)[ratios(got, e) > 1]):
        return None
    return Ruling(note=f"{finding.quantity}: not finite where the twin's is nothing but rounding")


def _of_cotangent(call: Call, got: Array, cotangents: Sequence[Array]) -> str | None:
    """Return what is wrong with how a gradient depends on its cotangent, as far as that times -2 shows it."""
    # A power of two does not round, so bits can be compared; and -2 is neither its own square nor its size.
    answer = call.on([*(-2 * c for c in cotangents), *call.arguments[len(cotangents) :]], got.shape)
    if answer is None or not np.any(got) or not any(np.any(c) for c in cotangents):
        return None
    if np.array_equal(answer, got):
        return "the result ignores the cotangent: it is the same for another one"
    if np.array_equal(answer, 4 * got):
        return "the cotangent is multiplied in twice: the result goes with its square"
    return None


def _diagonal(subject: Subject, j: int, cotangents: Sequence[Array]) -> Array | None:
    """Return the gradient of input j that the diagonal of the Jacobian alone would give."""
    grad, x = cotangents[0], subject.inputs.arrays[j]
    if subject.twin.is_estimate or len(cotangents) != 1 or grad.shape != x.shape or not 1 < x.size <= DIAGONAL_SIZE:
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
