"""Calls of both sides on inputs that derive from those at hand, which nobody observes: how far the sides are apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.bound import AS_AT_HAND, HARMLESS, HUNT_ELEMENTS, HUNT_LARGEST, SMALLER, K, Precision
from gradtwin.core.carrier import rounded
from gradtwin.core.errors import UsageError
from gradtwin.core.results import magnitude
from gradtwin.hunt.ground import Variation
from gradtwin.ops.both import of_suspect, of_twin
from gradtwin.ops.subject import Subject

__all__ = ["Trial", "Trials", "size_of"]

Array = NDArray[Any]

SHAPING = ("sizes", "options")
"""What is varied that the shapes of arrays inside of the twin depend on."""


class _Distance(NamedTuple):
    """How far a quantity is from the twin's, at most.

    In roundings of the largest element, here or on the inputs at hand; and of each element, the middle of those that
    are further than a few. `size` is the largest element.
    """

    largest: float
    middle: float
    size: float


APART = _Distance(np.inf, np.inf, 0)
Distances = dict[str, _Distance]


@dataclass(frozen=True)
class Trial:
    """What came of a call.

    Parameters
    ----------
    subject : Subject
        Both sides, on the inputs that were tried.
    variation : Variation
        What is varied of the inputs at hand.
    distances : mapping
        By quantity, how far the suspect is from its twin. The one quantity of a suspect that gives no answer is called
        "".
    far : tuple of str
        The quantities that differ by more than is known to be harmless.
    """

    subject: Subject
    variation: Variation
    distances: Mapping[str, _Distance]
    far: tuple[str, ...]


class Trials:
    """Calls of both sides on inputs that derive from those at hand.

    Parameters
    ----------
    subject : Subject
        Both sides, on the inputs at hand.
    """

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        at_hand = _distances(subject, {}) or {}
        # Where the twin itself is coarse, right code is as far from it elsewhere as on the inputs at hand.
        self._harmless = {q: AS_AT_HAND * d.middle for q, d in at_hand.items()}
        self._sizes = {q: d.size for q, d in at_hand.items()}

    def on(self, variation: Variation) -> Trial | None:
        """Try a variation; None where the twin does not take it, or has no finite answer of as many small results."""
        subject = _changed(self.subject, variation)
        if variation.kind in SHAPING and self._shapes_tell and not _takes_shapes(subject):
            return None
        try:
            outputs = subject.native.outputs
        except UsageError:
            return None
        at_hand = self.subject.native.outputs
        if len(outputs) != len(at_hand) or sum(x.numel() for x in outputs) > HUNT_LARGEST:
            return None
        # A twin that does not look at what was added takes any size by accident.
        if variation.kind == "sizes" and all(map(torch.equal, outputs, at_hand)):
            return None
        # What inputs of the same size cancel to is nothing but rounding.
        is_smaller = magnitude(subject.inputs.arrays, "f") < SMALLER * magnitude(self.subject.inputs.arrays, "f")
        distances = _distances(subject, {} if is_smaller else self._sizes)
        if distances is None:
            return None
        # The twin may add up all elements one after the other, with a rounding for each.
        one_by_one = K * max(size_of(subject), 1)
        far = tuple(q for q, d in distances.items() if d.largest > max(one_by_one, self._harmless.get(q, 0)))
        if far and subject.twin.narrows(subject.inputs.arrays, subject.precision):
            return None
        return Trial(subject, variation, distances, far)

    def learn(self, harmless: Trial) -> None:
        """Take in that nothing came of a trial: others that are no further apart are not worth a judgement either.

        Up to some, since all digits may be lost where both sides are right, and elsewhere where one is.
        """
        for q in harmless.far:
            distance = min(harmless.distances[q].largest, HARMLESS)
            self._harmless[q] = max(self._harmless.get(q, 0), distance)

    def cost(self, variation: Variation) -> float:
        """Return how much work a variation is, in calls on no elements."""
        return 1 + sum(x.size for x in variation.arrays if isinstance(x, np.ndarray)) / HUNT_ELEMENTS

    @cached_property
    def _shapes_tell(self) -> bool:
        """Whether a run of the twin without numbers tells anything."""
        return _takes_shapes(self.subject)


def size_of(subject: Subject) -> int:
    """Return the number of elements of all inputs."""
    return sum(x.size for x in subject.inputs.arrays if isinstance(x, np.ndarray))


def _takes_shapes(subject: Subject) -> bool:
    return subject.twin.takes_shapes(subject.inputs.arrays, subject.precision.name)


def _changed(subject: Subject, variation: Variation) -> Subject:
    arrays = tuple(_representable(x, subject.precision) for x in variation.arrays)
    inputs = replace(subject.inputs, arrays=arrays, options=variation.options)
    manner = replace(subject.manner, drawn=variation.cotangents)
    return replace(subject, inputs=inputs, manner=manner, twin=subject.twin.with_options(variation.options))


def _representable(x: Any, p: Precision) -> Any:
    return rounded(x, p) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else x


def _distances(subject: Subject, sizes: Mapping[str, float]) -> Distances | None:
    """Return how far one call of the suspect is from the twin's; None where the twin has no finite answer."""
    cotangents: list[Array] = []
    try:
        cotangents += subject.cotangents([tuple(x.shape) for x in subject.native.outputs])[0]
    except (UsageError, RuntimeError):
        return None
    theirs = of_twin(subject, subject.precision.name, cotangents)
    if theirs is None or not all(bool(np.all(np.isfinite(x))) for x in theirs.values()):
        return None
    ours = of_suspect(subject, subject.precision.name, cotangents)
    if ours is None:
        return {"": APART}
    p = subject.precision
    return {
        name: _distance(ours[name], truth, p, sizes.get(name, 0)) if name in ours else APART
        for name, truth in theirs.items()
    }


def _distance(got: Array, truth: Array, p: Precision, at_hand: float) -> _Distance:
    if got.shape != truth.shape:
        return APART
    with np.errstate(all="ignore"):
        off = np.nan_to_num(np.abs(np.asarray(got, np.float64) - truth), nan=np.inf, posinf=np.inf)
        each = np.abs(np.asarray(truth, np.float64))
        size = float(np.max(each, initial=0))
        own, largest = (np.where(off == 0, 0, off / (p.unit * of)) for of in (each, max(size, at_hand)))
    middle = np.median(own[own > K]) if np.any(own > K) else 0.0
    return _Distance(float(np.max(largest, initial=0)), float(middle), size)
