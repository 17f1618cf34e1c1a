"""What only all elements together show, where a format has so few digits that the bound of each is percents wide."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import (
    BY_CHANCE,
    MORE_THAN_THE_TWIN,
    ROUGH,
    SCATTERED_ELEMENTS,
    SYSTEMATIC,
    TELLING_SIZE,
    precision,
)
from gradtwin.core.hold import Comparison
from gradtwin.core.report import Finding
from gradtwin.core.truth import Expectation

__all__ = ["together"]

Array = NDArray[Any]


def together(comparison: Comparison, got: Array) -> Comparison:
    """Return the comparison of an array of which no element is outside the bound, with what all of them show."""
    finding = None if comparison.finding is not None else _shown(comparison.quantity, got, comparison.expectation)
    return comparison if finding is None else replace(comparison, finding=finding, worst=float(finding.ratio or 0))


def _shown(quantity: str, got: Array, e: Expectation) -> Finding | None:
    """Return what is wrong on the whole: a factor, or too many rough errors.

    Rounding scatters about zero, so that its mean vanishes, and few of its errors are as large as the bound allows.
    """
    native = np.asarray(e.native)
    if e.exact or e.coarsest.unit <= precision("float32").unit or native.dtype.kind != "f":
        return None
    value = np.asarray(got, np.float64)
    judged = np.isfinite(value) & np.isfinite(native) & np.isfinite(e.bound) & (np.abs(e.truth) > e.bound)
    count = int(np.count_nonzero(judged))
    if count <= TELLING_SIZE:
        return None
    truth, bound = e.truth[judged], e.bound[judged]
    errors, of_twin = ((x[judged] - truth) * np.sign(truth) / bound for x in (value, native.astype(np.float64)))
    bias, rough = float(np.mean(errors)), _rms(errors)
    limit = SYSTEMATIC + BY_CHANCE / math.sqrt(count)
    one_sided = abs(bias) > rough / 2 and abs(bias) > MORE_THAN_THE_TWIN * abs(float(np.mean(of_twin)))
    if count >= SCATTERED_ELEMENTS and abs(bias) > limit and one_sided:
        factor = float(np.sum(value[judged] / truth)) / count
        message = f"is off by a factor of about {factor:.3g}: no element is outside the bound, all of them together are"
        return _finding("mismatch", quantity, message, abs(bias) / limit, count)
    if rough > ROUGH and rough > MORE_THAN_THE_TWIN * _rms(of_twin):
        times = f"{rough / _rms(of_twin):.3g} times" if np.any(of_twin) else "infinitely many times"
        message = f"has errors that are on the whole {times} the twin's own, as sums in {e.coarsest.name} have"
        return _finding("imprecise", quantity, message, rough / ROUGH, count)
    return None


def _finding(verdict: str, quantity: str, message: str, ratio: float, count: int) -> Finding:
    return Finding(verdict, quantity, message, ratio=ratio, wrong=count, total=count)


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(x**2)))
