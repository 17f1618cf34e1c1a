"""Large questions asked slice by slice, where a twin treats every row alone: what a slice needs stays in the cache.

Whether it does is looked at for every slice: without noise, its answers are the rows of the whole answer but for
rounding, and its inputs are numbers of the same kind, so that noise keeps of them what it keeps of all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import EllipsisType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import allowed, precision
from gradtwin.core.carrier import to_tensor
from gradtwin.core.errors import GradtwinError
from gradtwin.core.noise_torch import kind_of
from gradtwin.ops.evaluation import Question
from gradtwin.ops.twin import Twin

__all__ = ["Rows", "Slicing", "around"]

Array = NDArray[Any]
Rows = slice | EllipsisType | NDArray[np.intp]
"""Places on the leading axis."""

SLICE = 2**17
"""Numbers of all arrays of a slice together: a megabyte, a few of which stay in the cache."""
SAMPLE = 2**9
"""Rows from all over the arrays that are asked about beside those that somebody asks for: they show what is a row."""


@dataclass(frozen=True)
class Slicing:
    """A question that may be cut into slices.

    Parameters
    ----------
    twin : Twin
        The twin.
    question : Question
        The whole question.
    answers : sequence of arrays
        What the twin answers to it in float64.
    """

    twin: Twin
    question: Question
    answers: Sequence[Array | None]

    @cached_property
    def _kinds(self) -> list[str]:
        return [_kind(x) for x in self.question.inputs]

    def length(self, places: Sequence[int]) -> int:
        """Return the length of the leading axis that the answers at these places share; 0 where they share none."""
        lengths = {x.shape[:1] for x in (self.answers[i] for i in places) if x is not None}
        return lengths.pop()[0] if len(lengths) == 1 and () not in lengths else 0

    def part(self, rows: Rows, places: Sequence[int]) -> Question | None:
        """Return the question of some rows; None where the answers at these places are not rows of the whole ones."""
        length = self.length(places)

        def cut(x: Any) -> Any:
            return x[rows] if isinstance(x, np.ndarray) and x.shape[:1] == (length,) else x

        inputs = [cut(x) for x in self.question.inputs]
        # First what costs no run. Noise leaves whole numbers alone: a part of such alone would get none.
        if [_kind(x) for x in inputs] != self._kinds:
            return None
        cotangents = [[cut(c) for c in choice] for choice in self.question.cotangents]
        part = replace(self.question, inputs=inputs, cotangents=cotangents)
        try:
            answers = self.twin.run(part).arrays
        except GradtwinError:
            return None
        alike = len(answers) == len(self.answers) and all(_same(self.answers[i], answers[i], rows) for i in places)
        return part if alike else None

    def parts(self, numbers: int) -> list[tuple[Rows, Question]]:
        """Return the whole question in slices, each with its rows; none if some slice cannot be asked alone.

        `numbers` are those of all arrays together.
        """
        places = range(len(self.answers))
        length = self.length(places)
        step = max(length * SLICE // max(numbers, 1), 1)
        parts: list[tuple[Rows, Question]] = []
        for start in range(0, length, step):
            rows = slice(start, start + step)
            part = self.part(rows, places)  # each for itself: a twin may treat the first rows otherwise than the last
            if part is None:
                return []
            parts.append((rows, part))
        return parts


def _kind(x: Any) -> str:
    return kind_of(to_tensor(x, "float64")) if isinstance(x, np.ndarray) and x.dtype.kind == "f" else ""


def _same(whole: Array | None, part: Array | None, rows: Rows) -> bool:
    """Return whether a part is what the whole has there, but for rounding in float64."""
    if whole is None or part is None:
        return whole is part
    if part.shape != whole[rows].shape:
        return False
    # Equal infinities and NaN are looked for apart: their difference is NaN, and near to nothing.
    expected, got = np.asarray(whole[rows], np.float64), np.asarray(part, np.float64)
    with np.errstate(invalid="ignore"):
        near = np.abs(got - expected) <= allowed(expected, np.zeros_like(expected), precision("float64"))
    return bool(np.all(near | (got == expected) | (np.isnan(got) & np.isnan(expected))))


def around(places: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the rows of these places, with others from all over the axis."""
    by_row = places.reshape(len(places), -1)
    sample = np.linspace(0, len(by_row) - 1, min(SAMPLE, len(by_row))).astype(np.intp)
    return np.union1d(np.flatnonzero(by_row.any(axis=1)), sample)
