"""A twin that from some place on takes a formula which is nearly the same, as softplus is linear above 20."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import CONTROL_DISTANCE, HALVINGS, K
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding
from gradtwin.core.truth import Expectation, ratios
from gradtwin.ops.contested import Ruling
from gradtwin.ops.dispute import settled
from gradtwin.ops.subject import Subject

__all__ = ["Branches", "other_branch", "overflow"]

Array = NDArray[Any]
Place = tuple[int, ...]
Answer = Callable[[Sequence[Any]], "Array | None"]
"""What a side answers on other inputs; None where it does not answer."""


@dataclass(frozen=True)
class Branches:
    """A quantity in which suspect and twin differ, and what both answer on other inputs.

    Parameters
    ----------
    subject : Subject
        Whose inputs are scaled.
    got, expectation : array, Expectation
        The suspect's answer on the inputs themselves, and what the twin says.
    ours, theirs : callable
        The suspect and the twin, on other inputs.
    coarse : callable
        Returns what single precision in the twin would explain.
    """

    subject: Subject
    got: Array
    expectation: Expectation
    ours: Answer
    theirs: Answer
    coarse: Callable[[], Array]

    def scaled(self, scale: float) -> list[Any]:
        """Return the inputs in float64, those with a gradient multiplied by a number."""
        pairs = zip(self.subject.inputs.arrays, self.subject.inputs.wanted, strict=True)
        return [x.astype(np.float64) * scale if wanted else x for x, wanted in pairs]

    def at(self, scale: float, place: Place) -> tuple[float, float, float] | None:
        """Return both answers at one place, and what rounding explains there; None where one of them gives none."""
        inputs = self.scaled(scale)
        try:
            ours, theirs = self.ours(inputs), self.theirs(inputs)
        except UsageError:  # beyond the twin's domain
            return None
        if ours is None or theirs is None or not (np.isfinite(ours[place]) and np.isfinite(theirs[place])):
            return None
        e, a, b = self.expectation, float(ours[place]), float(theirs[place])
        bound = float(e.bound[place]) if np.isfinite(e.bound[place]) else 0.0
        # The bound is that of the inputs as they are; elsewhere one rounding is granted in any case.
        return a, b, max(bound, K * e.precision.unit * abs(b))

    def agree(self, scale: float, place: Place) -> bool:
        """Return whether both answers are the same to within rounding."""
        answers = self.at(scale, place)
        return answers is not None and abs(answers[0] - answers[1]) <= answers[2]

    def place_of(self, scale: float, place: Place) -> str:
        """Return the inputs of a place as a clause; empty where no input has that place."""
        inputs = replace(self.subject.inputs, arrays=tuple(self.scaled(scale)))
        wanted = {n for n, w in zip(inputs.names, inputs.wanted, strict=True) if w}
        return " and ".join(f"{n} = {v:.6g}" for n, v in inputs.at(place).items() if n in wanted)


def other_branch(branches: Branches, finding: Finding) -> Ruling | None:
    """Return the ruling where the twin takes another formula from some place on, and the suspect does not.

    Only where both formulas are so near that single precision would not tell them apart: a step of another size is
    what the function is about.
    """
    b, e = branches, branches.expectation
    if finding.index is None or e.exact or not np.all(np.isfinite(b.got) & np.isfinite(e.truth)):
        return None
    if np.any((np.abs(np.asarray(b.got, np.float64) - e.truth) > b.coarse())[ratios(b.got, e) > 1]):
        return None
    scale = _jump(b, finding.index)
    if scale is None:
        return None
    where = b.place_of(scale, finding.index)
    message = (
        f"the twin takes another formula{f' from {where} on' if where else ' here'}, where it jumps and the suspect "
        f"does not: the twin returns {finding.expected:.17g}, the formula before that {finding.got:.17g}"
    )
    return settled(finding, b.subject.manner.accept, message)


def overflow(branches: Branches, finding: Finding) -> Ruling | None:
    """Return the ruling where the twin is not finite from some place on at which nothing else becomes large.

    What grows beyond all numbers is seen to grow; what jumps from an ordinary number to none has overflowed inside.
    """
    b, e = branches, branches.expectation
    outside = ratios(b.got, e) > 1
    if finding.index is None or not np.all(np.isfinite(b.got[outside]) & ~np.isfinite(e.truth[outside])):
        return None
    ends = _ends(b, finding.index)
    last = None if ends is None else b.at(ends[0], finding.index)
    if ends is None or last is None or abs(last[1]) > np.sqrt(e.precision.largest):
        return None
    where = b.place_of(ends[1], finding.index)
    message = (
        f"the twin is not finite{f' from {where} on' if where else ''}, the suspect is; nothing can be judged there"
    )
    return Ruling(replace(finding, verdict="inconclusive", message=message))


def _ends(branches: Branches, place: Place) -> tuple[float, float] | None:
    """Return neighbouring factors of the inputs: at the first both sides agree, at the second they do not."""
    # The nearest first; at 0, which comes last, two functions agree that have nothing else in common.
    starts = [*(2.0**-k for k in range(1, HALVINGS)), 0.0]
    low = next((t for t in starts if branches.agree(t, place)), None)
    if low is None:
        return None
    # Down to neighbouring numbers, between which only a jump is larger than rounding.
    high = 1.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if branches.agree(middle, place) else (low, middle)
    return low, high


def _jump(branches: Branches, place: Place) -> float | None:
    """Return the factor of the inputs at which the twin jumps away from the suspect, which does not jump.

    None where there is no such place: a wrong constant, or digits that a side loses, have none.
    """
    ends = _ends(branches, place)
    if ends is None:
        return None
    before, after = (branches.at(t, place) for t in ends)
    if before is None or after is None:
        return None
    far = abs(after[0] - after[1]) > CONTROL_DISTANCE * after[2]
    still, jumped = abs(after[0] - before[0]) <= after[2], abs(after[1] - before[1]) > after[2]
    return ends[1] if far and still and jumped else None
