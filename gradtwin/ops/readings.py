"""The readings of a suspect and its twin by a convention: each makes another subject, to be judged as any."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch

from gradtwin.core.altered import Alteration, Altered, TorchCall
from gradtwin.core.bound import TELLING_SIZE
from gradtwin.core.call import Code, enter
from gradtwin.core.errors import GradtwinError
from gradtwin.core.report import Finding
from gradtwin.ops.alterations import ALTERATIONS, uncentred
from gradtwin.ops.gradients import gradients_by_name
from gradtwin.ops.subject import Subject

__all__ = ["Reading", "Readings"]

Change = Callable[[Subject], Subject]

ALONE = 8
"""Of at most so many calls each is altered alone, besides all at once: in a softmax there is a sum that stays one."""
LOGARITHMIC = {"bits": 1 / math.log(2), "nats": math.log(2)}
"""The factors between logarithms of two bases."""
COUNTED = {
    "sum over rows for mean": ("sum for mean", "mean for sum"),
    "sum for mean": ("sum for mean", "mean for sum"),
    "mean over rows for sum": ("mean for sum", "sum for mean"),
    "mean for sum": ("mean for sum", "sum for mean"),
}
"""The conventions that come to a number of terms: what alters the same in a twin, and what alters the contrary."""
VARIANCES = ("population variance for sample variance", "sample variance for population variance")
CENTRED = "a mean taken off"
WATCHED = {**ALTERATIONS, CENTRED: (uncentred,)}
"""The calls of a twin that are counted, by the name of what they show."""


@dataclass(frozen=True)
class Reading:
    """One way of taking a suspect and its twin by conventions, at every precision alike.

    Parameters
    ----------
    names : tuple of str
        Names of `CONVENTIONS`.
    change : callable
        Returns a subject, read so.
    """

    names: tuple[str, ...]
    change: Change

    def then(self, other: Reading) -> Reading:
        """Return the reading by both, this one first."""
        return Reading((*self.names, *other.names), lambda subject: other.change(self.change(subject)))


@dataclass(frozen=True)
class Readings:
    """The ways in which a subject may be read, by the names of conventions."""

    subject: Subject

    def by(self, name: str) -> list[Reading]:
        """Return the readings by one convention: the twin altered in all places, then in one, then by a factor."""
        if name == "gradient by row":
            return [Reading((name,), change) for change in _by_row(self.subject)]
        alterations = ALTERATIONS.get(name, ())
        pairs = list(zip(alterations, self._counts.get(name, ()), strict=True))
        places: list[tuple[Alteration, int | None]] = [(a, None) for a, n in pairs if n]
        places += [(a, i) for a, n in pairs if 1 < n <= ALONE for i in range(n)]
        changes = [_altered(alteration, only) for alteration, only in places]
        return [Reading((name,), change) for change in (*changes, *map(_scaled, self._factors(name)))]

    @cached_property
    def _counts(self) -> dict[str, list[int]]:
        """How many calls of the twin each alteration knows, by convention."""
        counts = {name: [0] * len(alterations) for name, alterations in WATCHED.items()}

        def watch(call: TorchCall) -> None:
            for name, alterations in WATCHED.items():
                for i, alteration in enumerate(alterations):
                    counts[name][i] += alteration(call) is not None

        inputs, watched = self.subject.inputs, self.subject.twin.altered(Altered(self.subject.twin.code, watch))
        try:
            watched.start(inputs.arrays, inputs.wanted, "float64")
        except GradtwinError:  # a twin of float32 alone, say
            return {name: [0] * len(alterations) for name, alterations in WATCHED.items()}
        return counts

    def _meets(self, name: str) -> bool:
        return any(self._counts[name])

    def _factors(self, name: str) -> list[float]:
        """Return the factors that a convention may come to where no call that could be altered shows it.

        A twin may add up without a call that says so, or take a mean over more than a suspect does. But where it is
        seen to add up and to take no mean, there is no mean that could be a sum, nor the other way round.
        """
        if name in LOGARITHMIC:
            return [LOGARITHMIC[name]] if self._meets(name) else []
        if not (name in COUNTED or name in VARIANCES) or not self.subject.sizes:
            return []
        arrays = [x for x in self.subject.inputs.arrays if isinstance(x, np.ndarray)]
        axes = [n for x in arrays for n in x.shape if n >= TELLING_SIZE]
        partial = [n for x in arrays if x.ndim > 1 for n in x.shape if TELLING_SIZE <= n < x.size]
        sizes = [*(x.size for x in arrays if x.size >= TELLING_SIZE), *axes]
        factors: list[float] = []
        if name in COUNTED:
            numbers = partial if "rows" in name else sizes
            this, other = COUNTED[name]
            if self._meets(this) or not self._meets(other):
                factors = [float(n) if this == "sum for mean" else 1 / n for n in numbers]
        elif self._meets(CENTRED) and not any(map(self._meets, VARIANCES)):
            shares = [(n - 1) / n if name == VARIANCES[0] else n / (n - 1) for n in sizes]
            factors = [*shares, *map(math.sqrt, shares)]
        return list(dict.fromkeys(factors))


def _altered(alteration: Alteration, only: int | None) -> Change:
    return lambda s: replace(s, twin=s.twin.altered(Altered(s.twin.code, alteration, only)))


def _scaled(factor: float) -> Change:
    def scale(original: Code) -> Code:
        def scaled(*arguments: Any, **options: Any) -> Any:
            answer = enter(original, *arguments, **options)
            return tuple(map(times, answer)) if isinstance(answer, (tuple, list)) else times(answer)

        return scaled

    def times(x: Any) -> Any:
        return x * factor if isinstance(x, torch.Tensor) and x.is_floating_point() else x

    return lambda s: replace(s, twin=s.twin.altered(scale(s.twin.code)))


def _by_row(subject: Subject) -> Iterator[Change]:
    """Yield the changes that turn the gradients which can be turned: all of them, then one alone."""
    inputs, judged = subject.inputs, subject.backward is not None
    wanted = [w and judged and x.ndim in (1, 2) for x, w in zip(inputs.arrays, inputs.wanted, strict=True)]
    turned = [n for n, w in zip(inputs.names, wanted, strict=True) if w]
    for names in ([turned] if turned else []) + ([[n] for n in turned] if len(turned) > 1 else []):
        yield functools.partial(_with_turned, names)


def _with_turned(names: Sequence[str], subject: Subject) -> Subject:
    """Return the subject whose backward has some of its gradients turned from rows."""
    own = subject.backward
    if own is None:
        return subject
    shapes = {n: np.shape(x) for n, x in zip(subject.inputs.names, subject.inputs.arrays, strict=True)}

    def backward(*arguments: Any, **options: Any) -> Any:
        value = enter(own, *arguments, **options)
        gradients = gradients_by_name(subject, value)
        if isinstance(gradients, Finding):
            return value
        for n in names:
            g, rows = gradients.get(n), (shapes[n][::-1], (1, *shapes[n][:1]))
            if g is not None and g.shape in rows and g.size == math.prod(shapes[n]):
                gradients[n] = g.T.reshape(shapes[n])
        return tuple(gradients.get(n) for n in subject.inputs.names)

    return replace(subject, backward=backward)
