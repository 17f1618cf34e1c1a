"""Disputes: a twin whose gradient is no derivative of its forward, and a suspect that is right by the mathematics.

Nobody is wrong; whoever asks says which answer is wanted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import PRECISIONS, VISIBLE, WITNESS_PLACES, K
from gradtwin.core.differences import Slope
from gradtwin.core.report import Finding
from gradtwin.ops.contested import Contested, Ruling

__all__ = ["cut_graph", "settled", "undefined"]

Array = NDArray[Any]


def settled(finding: Finding, accept: tuple[str, ...], message: str) -> Ruling:
    """Return the ruling on a dispute: what was accepted decides it."""
    if "mathematics" in accept:
        return Ruling(note=f"{finding.quantity}: {message}; the mathematics is accepted")
    if "twin" in accept:
        return Ruling(replace(finding, verdict="mismatch", message=f"{message}; the twin's is the answer asked for"))
    choice = 'accept="twin" or accept="mathematics" decides'
    return Ruling(replace(finding, verdict="disputed", message=f"{message}; {choice}"))


def cut_graph(contested: Contested, finding: Finding) -> Ruling | None:
    """Return the ruling where the twin's gradient is no derivative of its own forward, and the suspect's is.

    The twin's forward is differentiated along random directions that move all elements in question; what single
    precision in the twin would explain is no cut. To accept the mathematics, every element is looked at alone as well.
    """
    c, accept = contested, contested.subject.manner.accept
    if not np.all(np.isfinite(c.got[c.outside]) & np.isfinite(c.expectation.truth[c.outside])):
        return None
    # All places at once, and one by one only where that shows no slope: each costs dozens of runs.
    first = c.directions()[0]
    if not _is_sharp(c, first, c.slope(first)):
        c = _with_slopes(c)
    alone = map(c.unit, c.places[:WITNESS_PLACES]) if "mathematics" in accept else ()
    slopes = []
    for direction in (*c.directions(), *alone):
        slopes.append((direction, c.slope(direction)))
        if not _right(c, *slopes[-1]):  # most wrong gradients end here, after the first
            return None
    if not any(_cut(c, d, s) for d, s in slopes):
        return None
    place = max(c.places, key=lambda at: abs(c.expectation.truth[at] - float(c.got[at])))
    direction = c.unit(place)
    derivative = c.slope(direction).value / direction[place]
    message = (
        f"the twin's gradient is no derivative of its forward, the suspect's is: at "
        f"{finding.quantity}{list(place)} the twin returns {c.expectation.truth[place]:.6g}, the derivative is "
        f"{derivative:.6g}"
    )
    return settled(finding, accept, message)


def _cut(c: Contested, direction: Array, slope: Slope) -> bool:
    """Return whether the twin's gradient is further from the slope than both may be off."""
    distance = abs(float(np.sum((c.expectation.truth * direction)[c.outside])) - slope.value)
    return bool(distance > K * slope.error + float(np.sum((c.coarse * np.abs(direction))[c.outside])))


def _right(c: Contested, direction: Array, slope: Slope) -> bool:
    """Return whether the suspect's gradient is the slope, to within what both may be off."""
    got = np.asarray(c.got, np.float64)
    distance = abs(float(np.sum((got * direction)[c.outside])) - slope.value)
    # Rounding of a sum that cancels is as large as that of its largest terms.
    rounding = c.expectation.precision.unit * float(np.max(np.abs(got[c.outside]), initial=0.0))
    off = K * slope.error + K * rounding * float(np.sum(np.abs(direction)))
    return bool(distance <= off and _is_sharp(c, direction, slope))


def _is_sharp(c: Contested, direction: Array, slope: Slope) -> bool:
    """Return whether a slope is known well enough to tell the twin's gradient from the suspect's."""
    got = np.asarray(c.got, np.float64)
    apart = abs(float(np.sum(((c.expectation.truth - got) * direction)[c.outside])))
    size = PRECISIONS["float32"].unit * float(np.sum(np.abs(got * direction)[c.outside]))
    return bool(K * slope.error <= max(apart, K * size))


def _with_slopes(contested: Contested) -> Contested:
    """Return the question without the places at which the twin's forward has no slope, as where rounding jumps."""
    c, got = contested, np.array(contested.got, np.float64)
    for place in c.places[:WITNESS_PLACES]:
        if not _is_sharp(c, c.unit(place), c.slope(c.unit(place))):
            got[place] = c.expectation.truth[place]
    return replace(c, gradients={**c.gradients, c.name: got})


def undefined(contested: Contested, finding: Finding) -> Ruling | None:
    """Return a note where the twin's gradient is NaN, and the suspect's is a slope of the twin's forward.

    Where the slopes on both sides differ, whatever lies between them is one.
    """
    c = contested
    values = c.expectation.truth[c.outside]
    if not (np.all(np.isnan(values)) and np.all(np.isfinite(c.got[c.outside]))) or len(c.places) > WITNESS_PLACES:
        return None
    for place in c.places:
        got, direction = float(c.got[place]), c.unit(place)
        sides = [Slope(s.value / direction[place], K * s.error / direction[place]) for s in _sides(c, direction)]
        # A side on which there is no slope sets no limit; without any, nothing lies between.
        sides = [s for s in sides if s.error <= VISIBLE * max(abs(s.value), abs(got))]
        rounding = K * c.expectation.precision.unit * abs(got)
        low = min((s.value - s.error - rounding for s in sides), default=np.inf)
        high = max((s.value + s.error + rounding for s in sides), default=-np.inf)
        if not low <= got <= high:
            return None
    where = f"{c.name} = {c.input[c.places[0]]:.6g}"
    return Ruling(
        note=f"{finding.quantity}: the twin's is NaN at {where}, where the suspect's is a slope of the twin's forward"
    )


def _sides(c: Contested, direction: Array) -> list[Slope]:
    return [c.slope(direction, 1), c.slope(direction, -1)]
