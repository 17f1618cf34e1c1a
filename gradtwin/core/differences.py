"""Extrapolated differences: the slope of a function along a line, with an estimate of its error.

Steps are halved, and the quotients extrapolated to a step of nothing (Ridders 1982). The pair of neighbours in that
table that agree best is the answer, and their distance its error; what the function itself rounds is added. A kink, a
jump or the end of the domain within a step spoils the first rows only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import FIRST_STEP, HALVINGS, K

__all__ = ["Slope", "slope_along"]

Array = NDArray[Any]
Line = Callable[[float], "Array | None"]
"""What a function answers at a distance along a line, flat; None where it does not answer."""


@dataclass(frozen=True)
class Slope:
    """A slope, and how far it may be off: infinitely far where the function has none, or does not answer."""

    value: float
    error: float


def slope_along(line: Line, weights: Array, side: int = 0) -> Slope:
    """Return the slope at 0 of the sum of `weights` times what the function answers along the line.

    Parameters
    ----------
    line : callable
        The function along the line.
    weights : array
        One for each number that it answers.
    side : int
        1 for the slope to the right, -1 for that to the left, 0 for both sides together.
    """
    best = Slope(np.nan, np.inf)
    row: list[Any] = []
    faint: Any = False
    origin = line(0.0) if side else None
    for k in range(HALVINGS):
        step = FIRST_STEP * 2.0**-k
        high, low = origin if side < 0 else line(step), origin if side > 0 else line(-step)
        if high is None or low is None or not np.all(np.isfinite(high) & np.isfinite(low)):
            row = []  # a table across such a place would extrapolate through it
            continue
        width = step if side else 2 * step
        unit = K * np.finfo(high.dtype).eps * np.maximum(abs(high), abs(low))
        # Where nothing moves nothing is subtracted: a large number there would drown the error of the others. What has
        # moved in its last digits alone has not stopped when it moves no more, but is lost.
        faint = faint | ((high != low) & (abs(high - low) <= unit))
        differs = (high != low) | faint
        rounding = np.sum(np.abs(weights * unit)[differs])
        before, row = row, [np.sum((weights * (high - low))[differs]) / width]
        for m, coarse in enumerate(before):
            # One side has terms of every order in its error, both together of the even ones alone.
            order = (2.0 if side else 4.0) ** (m + 1)
            row.append(row[m] + (row[m] - coarse) / (order - 1))
            error = max(abs(row[m + 1] - row[m]), abs(row[m + 1] - coarse)) + rounding / width
            # The best of all, not the last: with every step less is left out, and rounding counts for more.
            if error < best.error:
                best = Slope(float(row[m + 1]), float(error))
    return best
