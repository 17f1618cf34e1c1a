"""The twins that a convention may mean: with some calls altered, in all places or in one, or with a factor."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from numpy.typing import NDArray

from gradtwin.core.alterations import ALTERATIONS, uncentred
from gradtwin.core.altered import Alteration, Altered, TorchCall
from gradtwin.core.bound import TELLING_SIZE
from gradtwin.core.call import Code, enter
from gradtwin.core.errors import GradtwinError

__all__ = ["Change", "Watched", "changes"]

Change = Callable[[Code], Code]
"""Returns the code of a twin by a convention in place of a twin's own."""

LONGER = 2
"""How many times as many calls as the twin makes it may make by a convention."""
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
KNOWN = {**ALTERATIONS, CENTRED: (uncentred,)}
"""The calls of a twin that are counted, by the name of what they show."""


@dataclass(frozen=True)
class Watched:
    """A twin whose calls of torch can be watched.

    Parameters
    ----------
    run : callable
        ``run(change)`` runs the twin once in float64, with its code changed so.
    arrays : sequence of arrays
        What it is called with.
    reduces : bool
        Whether it returns less than it takes, so that there are terms to be counted.
    """

    run: Callable[[Change], object]
    arrays: Sequence[NDArray[Any]]
    reduces: bool

    @property
    def counts(self) -> dict[str, list[int]]:
        """How many calls of the twin each alteration knows, by convention."""
        return self._calls[0]

    @property
    def most(self) -> int:
        """How many calls the twin may make by a convention: one that goes on and on is no other way of doing this."""
        return LONGER * self._calls[1]

    @cached_property
    def _calls(self) -> tuple[dict[str, list[int]], int]:
        counts = {name: [0] * len(alterations) for name, alterations in KNOWN.items()}
        total = 0

        def watch(call: TorchCall) -> None:
            nonlocal total
            total += 1
            for name, alterations in KNOWN.items():
                for i, alteration in enumerate(alterations):
                    counts[name][i] += alteration(call) is not None

        try:
            self.run(lambda code: Altered(code, watch))
        except GradtwinError:  # a twin of float32 alone, say
            return {name: [0] * len(alterations) for name, alterations in KNOWN.items()}, 0
        return counts, total

    def meets(self, name: str) -> bool:
        """Return whether a convention alters any call of the twin."""
        return any(self.counts[name])


def changes(name: str, twin: Watched) -> list[Change]:
    """Return what one convention may make of a twin: it altered in all places, then in one, then by a factor."""
    alterations = ALTERATIONS.get(name, ())
    counts = list(zip(alterations, twin.counts.get(name, ()), strict=True))
    places: list[tuple[Alteration, int | None]] = [(a, None) for a, n in counts if n]
    places += [(a, i) for a, n in counts if 1 < n <= ALONE for i in range(n)]
    altered = (_altered(alteration, only, twin.most) for alteration, only in places)
    return [*altered, *map(_scaled, _factors(name, twin))]


def _altered(alteration: Alteration, only: int | None, most: int) -> Change:
    return lambda code: Altered(code, alteration, only, most)


def _scaled(factor: float) -> Change:
    def scale(original: Code) -> Code:
        def scaled(*arguments: Any, **options: Any) -> Any:
            answer = enter(original, *arguments, **options)
            return tuple(map(times, answer)) if isinstance(answer, (tuple, list)) else times(answer)

        return scaled

    def times(x: Any) -> Any:
        return x * factor if isinstance(x, torch.Tensor) and x.is_floating_point() else x

    return scale


def _factors(name: str, twin: Watched) -> list[float]:
    """Return the factors that a convention may come to where no call that could be altered shows it.

    A twin may add up without a call that says so, or take a mean over more than a suspect does. But where it is seen
    to add up and to take no mean, there is no mean that could be a sum, nor the other way round.
    """
    if name in LOGARITHMIC:
        return [LOGARITHMIC[name]] if twin.meets(name) else []
    if not (name in COUNTED or name in VARIANCES) or not twin.reduces:
        return []
    axes = [n for x in twin.arrays for n in x.shape if n >= TELLING_SIZE]
    partial = [n for x in twin.arrays if x.ndim > 1 for n in x.shape if TELLING_SIZE <= n < x.size]
    sizes = [*(x.size for x in twin.arrays if x.size >= TELLING_SIZE), *axes]
    factors: list[float] = []
    if name in COUNTED:
        numbers = partial if "rows" in name else sizes
        this, other = COUNTED[name]
        if twin.meets(this) or not twin.meets(other):
            factors = [float(n) if this == "sum for mean" else 1 / n for n in numbers]
    elif twin.meets(CENTRED) and not any(map(twin.meets, VARIANCES)):
        shares = [(n - 1) / n if name == VARIANCES[0] else n / (n - 1) for n in sizes]
        factors = [*shares, *map(math.sqrt, shares)]
    return list(dict.fromkeys(factors))
