"""Before a gradient is accused, the certified witness is asked; what stays accused gets a cause where one is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import K
from gradtwin.core.causes import cause_of
from gradtwin.core.compare import Expectation, ratios
from gradtwin.core.errors import ExtraMissingError
from gradtwin.core.report import Report
from gradtwin.core.witness import certified_gradient
from gradtwin.ops.subject import Expected, Subject

__all__ = ["explain"]

Array = NDArray[Any]
WITNESS_PLACES = 64
DIAGONAL_SIZE = 256


def explain(
    subject: Subject, report: Report, got: Array, j: int, cotangents: list[Array], expected: Expected, *, sound: bool
) -> Report:
    """Return the report on the gradient of input j with the side and the cause of its finding, or without the finding.

    The witness differentiates the suspect's own forward, so it is asked only where that forward is `sound`.
    """
    if report.ok or report.findings[0].verdict not in ("mismatch", "unstable", "imprecise"):
        return report
    finding = report.findings[0]
    e = expected.at(len(cotangents) + j) if subject.exact else expected.closer(len(cotangents) + j)
    assert e is not None
    if finding.verdict != "unstable" and not subject.exact and sound and len(cotangents) == 1:
        side = _further_from_truth(subject, got, e, j, cotangents[0])
        if side == "twin":
            note = f"{finding.quantity}: outside the twin's bound, but certified closer to the truth than the twin"
            return Report("", (), report.tally, (*report.notes, note))
        finding = replace(finding, side=side)
    cause = cause_of(
        got,
        e,
        sizes=subject.sizes,
        kinks=subject.kinks,
        at=subject.arrays[j],
        diagonal=lambda: _diagonal(subject, j, cotangents),
    )
    return replace(report, findings=(replace(finding, cause=cause),))


def _further_from_truth(subject: Subject, got: Array, e: Expectation, j: int, cotangent: Array) -> str | None:
    """Return the side that the certified derivative finds further off at every place in question, or None."""
    places = [tuple(int(i) for i in at) for at in np.argwhere(ratios(got, e) > K)]
    if len(places) > WITNESS_PLACES or not all(np.isfinite(got[at]) for at in places):
        return None
    try:
        found = certified_gradient(
            lambda *x: subject.forward(*x, **subject.options), subject.arrays, j, places, cotangent.astype(np.float64)
        )
    except ExtraMissingError:
        return None
    if found is None:
        return None
    off = [(abs(float(got[at]) - v), abs(e.truth[at] - v), r) for at, (v, r) in zip(places, found, strict=True)]
    if all(suspect + r < twin - r for suspect, twin, r in off):
        return "twin"
    return "suspect" if all(twin + r < suspect - r for suspect, twin, r in off) else None


def _diagonal(subject: Subject, j: int, cotangents: list[Array]) -> Array | None:
    """Return the gradient of input j that the diagonal of the Jacobian alone would give."""
    grad, x = cotangents[0], subject.arrays[j]
    if len(cotangents) != 1 or grad.shape != x.shape or not 1 < x.size <= DIAGONAL_SIZE:
        return None
    out = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        one = np.zeros(x.shape)
        one[at] = float(grad[at])
        gradient = subject.twin.run(subject.arrays, "float64", wanted=subject.wanted, cotangents=[one]).gradients[j]
        out[at] = 0.0 if gradient is None else gradient[at]
    return out
