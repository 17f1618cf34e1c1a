"""Inputs at which both sides compute exactly: there a dropped term or a wrong factor cannot hide in any bound.

Of the inputs at hand three sets of small numbers are made, which keep what may be a contract: shape, sign, order,
symmetry, equal arrays, equal elements, labels, and the range of probabilities. A result counts as exact where a run at
the precision under test and one at another precision give the same number, of the twin and of the suspect alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import EXACT_EXPONENTS, EXACT_STEPS, QUANTUM
from gradtwin.core.carrier import dtype_name, rounded
from gradtwin.core.formats import Wide
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.core.truth import Expectation
from gradtwin.ops.both import GRADIENT, of_suspect, of_twin
from gradtwin.ops.contested import Contested
from gradtwin.ops.dispute import cut_graph
from gradtwin.ops.kinks import at_kinks
from gradtwin.ops.subject import Subject

__all__ = ["KINDS", "exact_inputs", "judge_exactly"]

Array = NDArray[Any]

OTHER = {"float64": "float32", "float32": "float64", "float16": "float32", "bfloat16": "float64"}
"""By precision the one whose results show whether anything was rounded; never the one that carries it."""
WHOLE = np.array([1.0, 2.0, 3.0])
PARTS = np.array([0.25, 0.5, 0.75])


def _dyadic(x: Array, rng: np.random.Generator) -> Array:
    fraction, exponent = np.frexp(x.astype(np.float64))
    return np.asarray(np.ldexp(np.round(fraction * EXACT_STEPS) / EXACT_STEPS, np.clip(exponent, *EXACT_EXPONENTS)))


def _without_zeros(x: Array, rng: np.random.Generator) -> Array:
    within = bool(np.all(np.abs(x) <= 1))
    return np.asarray(np.where(x < 0, -1.0, 1.0) * rng.choice(PARTS if within else WHOLE, x.shape))


def _with_zeros(x: Array, rng: np.random.Generator) -> Array:
    both_signs = bool(np.any(x < 0) and np.any(x > 0))
    return rng.choice([-1.0, 0.0, 1.0], x.shape) if both_signs else _without_zeros(x, rng)


KINDS: dict[str, Callable[[Array, np.random.Generator], Array]] = {
    "dyadic rationals": _dyadic,
    "integers without zeros": _without_zeros,
    "-1, 0 and 1": _with_zeros,
}


def exact_inputs(arrays: Sequence[Any], seed: int) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield sets of inputs of small numbers, each with its name; what is no array of real numbers stays."""
    for name, make in KINDS.items():
        rng = np.random.default_rng(seed)
        by_bytes: dict[bytes, Array] = {}
        yield name, tuple(_alike(x, make, rng, by_bytes) if _is_free(x) else x for x in arrays)


def _is_free(x: Any) -> bool:
    """Return whether an array holds numbers that may be others: no labels, no counts, no shares of one."""
    if not isinstance(x, np.ndarray) or x.dtype.kind != "f" or x.size == 0 or not np.all(np.isfinite(x)):
        return False
    # To two digits, since shares of one are rounded, and those of bfloat16 to no more than that.
    with np.errstate(over="ignore"):  # a sum may be beyond the largest number, or a hundred times it
        shares = x.ndim > 0 and bool(np.all(x >= 0) and np.all(np.round(x.sum(axis=-1), 2) == 1))
    return bool(np.any(x != np.round(x))) and not shares and not (x.ndim == 2 and _has_orthonormal_columns(x))


def _has_orthonormal_columns(x: Array) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        is_long = np.round(np.sum(x[:, 0] ** 2), 2) != 1  # which mostly tells it without the product
        return not is_long and np.array_equal(np.round(x.T @ x, 2), np.eye(x.shape[1]))


def _alike(
    x: Array,
    make: Callable[[Array, np.random.Generator], Array],
    rng: np.random.Generator,
    by_bytes: dict[bytes, Array],
) -> Array:
    """Return small numbers in place of an array's, the same ones for the same array, in its order and symmetry."""
    key = x.tobytes()  # equal arrays stay equal: a target that is its own input, a matrix that is passed twice
    if key not in by_bytes:
        numbers = _tied(x, make, rng)
        if x.ndim == 1 and np.all(x[:-1] <= x[1:]):
            numbers = np.sort(numbers)
        if x.ndim == 2 and x.shape[0] == x.shape[1] and np.array_equal(x, x.T):
            numbers = np.triu(numbers) + np.triu(numbers, 1).T
        by_bytes[key] = np.where(x == 0, 0.0, numbers)  # of a mask, of a triangle
    return by_bytes[key].astype(x.dtype).reshape(x.shape)


def _tied(x: Array, make: Callable[[Array, np.random.Generator], Array], rng: np.random.Generator) -> Array:
    """Return small numbers in place of an array's, the same ones for equal elements unless all are equal.

    What repeats may be a contract: both halves of the cosines of a rotation, the blocks of a matrix.
    """
    values, places = np.unique(x, return_inverse=True)
    # One value repeated throughout is mostly what came to hand.
    return make(values, rng)[places].reshape(x.shape) if 1 < values.size < x.size else make(x, rng)


def judge_exactly(subject: Subject, sets: Iterable[tuple[str, tuple[Any, ...]]] | None = None) -> Report:
    """Return a finding for each quantity that differs from the twin where both compute exactly.

    That is on these sets of inputs, by their names; on small numbers in place of the subject's, where none are passed.
    """
    checks = 0
    findings: dict[str, Finding] = {}
    for kind, arrays in exact_inputs(subject.inputs.arrays, subject.seed) if sets is None else sets:
        exact_subject = replace(subject, inputs=replace(subject.inputs, arrays=arrays))
        cotangents: list[Array] = []
        quantities = _both(exact_subject, cotangents) or {}
        for quantity, (got, truth, exact) in quantities.items():
            checks += bool(np.any(exact))
            finding = _finding(quantity, got, truth, exact, exact_subject)
            if finding is None or _is_tie(quantity, got, truth, exact_subject):
                continue
            if _rounds_on_its_own(exact_subject, quantity, got, cotangents):
                continue
            finding = _contested(exact_subject, finding, cotangents, quantities)
            if finding is not None:
                findings.setdefault(quantity, finding.within(f"exact inputs, {kind}" if kind else "exact inputs"))
    return Report("", tuple(findings.values()), Tally(checks=checks))


def _rounds_on_its_own(subject: Subject, quantity: str, got: Array, cotangents: list[Array]) -> bool:
    """Return whether a suspect that casts down at every precision alike is another without these casts.

    What it has rounded is no exact result, and the bound has judged it.
    """
    with Wide():
        wide = (of_suspect(subject, "float64", cotangents) or {}).get(quantity)
    return wide is not None and wide.shape == got.shape and not np.array_equal(wide, got, equal_nan=True)


def _contested(
    subject: Subject,
    finding: Finding,
    cotangents: Sequence[Array],
    quantities: Mapping[str, tuple[Array, Array, Array]],
) -> Finding | None:
    """Return the finding after a look at its place, a kink or a cut graph of the twin; None where that is accepted."""
    if not finding.quantity.startswith(GRADIENT):
        return finding
    inputs, p = subject.inputs, subject.precision
    name, (got, truth, exact) = finding.quantity.removeprefix(GRADIENT), quantities[finding.quantity]
    gradients = {n: quantities[GRADIENT + n][0] for n in inputs.names if GRADIENT + n in quantities}
    gradients[name] = np.where(exact, got, truth)
    contested = Contested(
        subject,
        inputs.names.index(name),
        [rounded(c, p) for c in cotangents],
        gradients,
        Expectation(truth, np.zeros_like(truth), truth, p, exact=True),
    )
    ruling = at_kinks(contested, finding) or cut_graph(contested, finding)
    return finding if ruling is None else ruling.finding


def _both(subject: Subject, cotangents: list[Array]) -> dict[str, tuple[Array, Array, Array]] | None:
    """Return, by quantity, what the suspect made, what the twin made, and where both are exact; None without such.

    The cotangents are drawn, and put into the list that is passed.
    """
    precisions = (subject.precision.name, OTHER[subject.precision.name])
    runs = []
    for side in (of_twin, of_suspect):  # in this order: the twin draws the cotangents, of the shapes of its outputs
        for dtype in precisions:
            results = side(subject, dtype, cotangents)
            if results is None:
                return None
            runs.append(results)
    twin, twin_elsewhere, suspect, suspect_elsewhere = runs
    quantities = {}
    for name in twin.keys() & suspect.keys() & twin_elsewhere.keys() & suspect_elsewhere.keys():
        arrays = [results[name] for results in (suspect, suspect_elsewhere, twin, twin_elsewhere)]
        if len({x.shape for x in arrays}) == 1 and dtype_name(arrays[0]) == dtype_name(arrays[2]):
            got, got_elsewhere, truth, truth_elsewhere = (x.astype(np.float64) for x in arrays)
            # What is not finite has not been rounded, and is wrong where the twin is finite and exact.
            unrounded = (got == got_elsewhere) | ~np.isfinite(got)
            quantities[name] = got, truth, unrounded & (truth == truth_elsewhere) & np.isfinite(truth)
    return quantities


def _is_tie(quantity: str, got: Array, truth: Array, subject: Subject) -> bool:
    """Return whether the difference is only which of several equal numbers was picked."""
    if quantity.startswith(GRADIENT):
        x = subject.inputs.arrays[subject.inputs.names.index(quantity.removeprefix(GRADIENT))]
        if x.shape != got.shape:
            return False
        with np.errstate(invalid="ignore"):
            difference = np.nan_to_num(got - truth, nan=0.0, posinf=0.0, neginf=0.0)
        return all(np.sum(difference[x == value]) == 0 for value in np.unique(x))
    return any(_picks_the_same(x, got, truth) for x in subject.inputs.arrays if isinstance(x, np.ndarray))


def _picks_the_same(x: Array, got: Array, truth: Array) -> bool:
    """Return whether two results, taken for indices along an axis of an array or of all of it, pick equal numbers."""
    if any(np.any((places != np.round(places)) | (places < 0)) for places in (got, truth)):
        return False
    if _are_equal_at(x.ravel(), got.ravel(), truth.ravel(), 0):
        return True
    keeps_axis = got.ndim == x.ndim  # argsort keeps the axis, argmax takes it away
    for axis in range(x.ndim) if got.ndim + 1 >= x.ndim >= got.ndim else ():
        ours, theirs = (got, truth) if keeps_axis else (np.expand_dims(got, axis), np.expand_dims(truth, axis))
        if _are_equal_at(x, ours, theirs, axis):
            return True
    return False


def _are_equal_at(values: Array, ours: Array, theirs: Array, axis: int) -> bool:
    fits = ours.ndim == values.ndim and all(
        a == b for i, (a, b) in enumerate(zip(ours.shape, values.shape, strict=True)) if i != axis
    )
    if not fits or max(ours.max(initial=0), theirs.max(initial=0)) >= values.shape[axis]:
        return False
    picked = [np.take_along_axis(values, places.astype(int), axis) for places in (ours, theirs)]
    return bool(np.array_equal(picked[0], picked[1]))


def _finest(arrays: Sequence[Any]) -> float:
    """Return the smallest number of the arrays that is not 0: where every result cancels, its size says nothing."""
    numbers = [x[np.isfinite(x) & (x != 0)] for x in arrays if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    return float(min((np.min(np.abs(x)) for x in numbers if x.size), default=0.0))


def _finding(quantity: str, got: Array, truth: Array, exact: Array, subject: Subject) -> Finding | None:
    with np.errstate(invalid="ignore"):
        difference = np.where(exact, np.nan_to_num(np.abs(got - truth), nan=np.inf), 0.0)
    largest = np.max(np.abs(truth), where=np.isfinite(truth), initial=QUANTUM * _finest(subject.inputs.arrays))
    # Not above 0: what cancels may leave the same rounding in both precisions.
    wrong = difference > QUANTUM * largest
    if not np.any(wrong):
        return None
    at = tuple(int(i) for i in np.unravel_index(int(np.argmax(difference)), difference.shape))
    return Finding(
        "mismatch",
        quantity,
        "differs from the twin where both compute exactly",
        index=at,
        inputs=subject.inputs.at(at),
        expected=float(truth[at]),
        got=float(got[at]),
        difference=float(abs(got[at] - truth[at])),
        bound=0.0,
        ratio=float("inf"),
        wrong=int(np.count_nonzero(wrong)),
        total=int(np.count_nonzero(exact)),
    )
