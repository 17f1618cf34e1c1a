"""The error of a result beside the twin's own at the same precision: the number that authors of kernels quote."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import AS_GOOD
from gradtwin.core.controls import UNTELLING, Controls, altered_copies
from gradtwin.core.truth import Expectation

__all__ = ["Beside", "beside", "is_as_good"]

Array = NDArray[Any]


class Beside(NamedTuple):
    """How many times as large as the twin's own an error is: at its largest, and in the root of its mean square."""

    largest: float
    rms: float


def beside(got: Array, e: Expectation) -> Beside | None:
    """Return the error of a result beside the twin's own; None in float64, where the twin's own is taken for none.

    Elements at which anything is not finite are left out.
    """
    native = np.asarray(e.native)
    if e.exact or e.precision.name == "float64" or native.dtype.kind != "f":
        return None
    value, own = np.asarray(got, np.float64), native.astype(np.float64)
    finite = np.isfinite(value) & np.isfinite(own) & np.isfinite(e.truth)
    if not np.any(finite):
        return None
    errors, of_twin = (np.abs(x[finite] - e.truth[finite]) for x in (value, own))
    return Beside(_quotient(errors.max(), of_twin.max()), _quotient(_rms(errors), _rms(of_twin)))


def is_as_good(got: Array, e: Expectation, controls: Controls) -> bool:
    """Return whether an error is at most twice the twin's own in both, as that of no altered copy of the truth is."""
    if not _within(beside(got, e)) or not np.array_equal(np.isfinite(got), np.isfinite(e.native)):
        return False
    copies = altered_copies(e, controls)
    return not any(_within(beside(copy, e)) for name, copy in copies if name not in UNTELLING)


def _within(ratios: Beside | None) -> bool:
    return ratios is not None and max(ratios) <= AS_GOOD


def _rms(errors: Array) -> float:
    largest = float(errors.max())
    return largest * math.sqrt(float(np.mean((errors / largest) ** 2))) if largest else 0.0  # squares may underflow


def _quotient(error: float, of_twin: float) -> float:
    return float(error / of_twin) if of_twin else math.inf if error else 1.0
