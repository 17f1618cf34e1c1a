"""The third opinion: a suspect outside the twin's bound that is closer to the truth than the twin.

The truth is the derivative of the suspect's own forward, by certified arithmetic where it can be had, else by
differences in wider numbers. It counts only where that forward is the twin's too: run in the other arithmetic it must
give what the twin gives, at the place and beside it; else it is another function than the one that was judged. And
what separates the twin from the truth must be rounding: no more than constants of single precision in it explain.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import FIRST_STEP, WITNESS_PLACES, K
from gradtwin.core.call import enter
from gradtwin.core.differences import slope_along
from gradtwin.core.errors import ExtraMissingError, UsageError
from gradtwin.core.report import Finding
from gradtwin.core.results import arrays_in
from gradtwin.core.truth import ratios
from gradtwin.core.witness import certified_gradient, certified_outputs
from gradtwin.ops.contested import Contested, Ruling
from gradtwin.ops.subject import Subject

__all__ = ["third_opinion"]

Array = NDArray[Any]
Derivatives = list[tuple[float, float]]
"""A derivative and how far it may be off, for each place."""


def third_opinion(contested: Contested, finding: Finding) -> Ruling | None:
    """Return a note where the suspect is closer to the truth than the twin; else the side that is further off."""
    c = contested
    if len(c.places) > WITNESS_PLACES or not all(np.isfinite(c.got[at]) for at in c.places):
        return None
    for source, outputs, derivatives in (
        ("certified", certified_outputs, _certified),
        ("found by differences in wider numbers", _wider_outputs, _wider),
    ):
        try:
            truths = derivatives(c) if _reproduces(c.subject, outputs) else None
        except ExtraMissingError:
            continue
        side = None if truths is None else _further(c, truths)
        if side == "twin" and _rounds(c, truths or []):
            closer = f"outside the twin's bound, but {source} closer to the truth than the twin"
            return Ruling(note=f"{finding.quantity}: {closer}")
        # Differences acquit, and do not accuse: how far they are off is an estimate.
        if side == "suspect" and source == "certified":
            return Ruling(replace(finding, side=side))
    return None


def _further(c: Contested, truths: Derivatives) -> str | None:
    """Return the side that is further off at every place in question, or None."""
    pairs = list(zip(c.places, truths, strict=True))
    off = [(abs(float(c.got[at]) - v), abs(float(c.expectation.truth[at]) - v), r) for at, (v, r) in pairs]
    if all(suspect + r < twin - r for suspect, twin, r in off):
        return "twin"
    return "suspect" if all(twin + r < suspect - r for suspect, twin, r in off) else None


def _rounds(c: Contested, truths: Derivatives) -> bool:
    """Return whether single precision somewhere in the twin explains its distance from the truth at every place."""
    pairs = zip(c.places, truths, strict=True)
    return all(abs(float(c.expectation.truth[at]) - v) <= float(c.coarse[at]) for at, (v, _) in pairs)


def _reproduces(subject: Subject, outputs: Callable[..., Sequence[Array] | None]) -> bool:
    """Return whether the suspect's forward in another arithmetic is the twin's forward, here and beside."""
    rng = np.random.default_rng(subject.seed)

    def beside(x: Any, wanted: bool) -> Any:
        return x * (1 + FIRST_STEP * rng.uniform(-1, 1, x.shape)).astype(x.dtype) if wanted else x

    neighbours = tuple(beside(x, w) for x, w in zip(subject.inputs.arrays, subject.inputs.wanted, strict=True))
    return all(_same(subject, arrays, outputs) for arrays in (subject.inputs.arrays, neighbours))


def _same(subject: Subject, arrays: tuple[Any, ...], outputs: Callable[..., Sequence[Array] | None]) -> bool:
    """Return whether all outputs on these inputs are the twin's to within its bound."""
    place = replace(subject, inputs=replace(subject.inputs, arrays=arrays), manner=replace(subject.manner, exact=False))
    try:
        truth, values = place.truth([]), outputs(_forward(subject), arrays)
        if values is None or len(values) != len(truth.plain.outputs):
            return False
        looks = [truth.output(i).first() for i in range(len(values))]
    except UsageError:  # beside the place the twin's domain may end
        return False
    pairs = list(zip(values, looks, strict=True))
    return all(e is not None and v.shape == e.truth.shape and not np.any(ratios(v, e) > 1) for v, e in pairs)


def _forward(subject: Subject) -> Callable[..., Any]:
    def forward(*arrays: Any) -> Any:
        return enter(subject.forward, *arrays, **subject.inputs.options)

    return forward


def _certified(c: Contested) -> Derivatives | None:
    if len(c.cotangents) != 1:
        return None
    cotangent = c.cotangents[0].astype(np.float64)
    return certified_gradient(_forward(c.subject), c.subject.inputs.arrays, c.j, c.places, cotangent)


def _wide(x: Any) -> Any:
    return x.astype(np.longdouble) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def _wider_outputs(forward: Callable[..., Any], inputs: Sequence[Any]) -> list[Array] | None:
    """Return what the code computes in the widest type of the machine, if it does not leave it."""
    try:
        with np.errstate(all="ignore"):
            arrays = arrays_in(enter(forward, *map(_wide, inputs)))
    except Exception:  # not all code takes that type
        return None
    return arrays if all(x.dtype == np.longdouble for x in arrays if x.dtype.kind == "f") else None


def _wider(c: Contested) -> Derivatives | None:
    inputs, forward = list(c.subject.inputs.arrays), _forward(c.subject)
    weights = np.concatenate([x.ravel() for x in c.cotangents]).astype(np.longdouble)

    def derivative(place: tuple[int, ...]) -> tuple[float, float]:
        size = np.longdouble(c.sizes[place])

        def line(step: float) -> Array | None:
            arrays = [*inputs]
            arrays[c.j] = _wide(inputs[c.j])  # a copy, so that the input stays what it is
            arrays[c.j][place] += step * size
            outputs = _wider_outputs(forward, arrays)
            return None if outputs is None else np.concatenate([x.ravel() for x in outputs])

        slope = slope_along(line, weights)
        return slope.value / float(size), K * slope.error / float(size)

    truths = [derivative(place) for place in c.places]
    return truths if all(np.isfinite(error) for _, error in truths) else None
