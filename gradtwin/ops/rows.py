"""Inputs too large for a twin: rows of the suspect's run on all of them, beside the twin's on those rows alone.

It takes a twin that treats every row alone, which is looked at. The suspect runs on everything, so that an index that
does not fit into 32 bits shows, and among the rows are those around the places where that would be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.call import Code, enter
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding, Report
from gradtwin.core.results import mapped
from gradtwin.ops.evaluation import Question
from gradtwin.ops.inputs import Inputs
from gradtwin.ops.slices import Slicing
from gradtwin.ops.twin import Twin

__all__ = ["Sample", "require_rows_alone", "sample_of"]

Array = NDArray[Any]

LARGE = 2**27
"""Numbers of all inputs together beyond which a twin in float64 takes many gigabytes with its shadow runs."""
SAMPLED = 2**16
"""Numbers of the largest input that are judged of those."""
BOUNDARIES = (2**31, 2**32)
"""Places at which an index leaves the signed, or the unsigned, numbers of 32 bits."""


@dataclass(frozen=True)
class Sample:
    """Some rows of large inputs.

    Parameters
    ----------
    inputs : Inputs
        These rows, and what has no such rows as it is, without a gradient.
    whole : sequence
        All of the inputs.
    rows : array of int
        Which rows they are.
    """

    inputs: Inputs
    whole: Sequence[Any]
    rows: NDArray[np.intp]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is judged, and what is not."""
        length = max(len(x) for x in self.whole if _rows_in(x))
        judged = f"{len(self.rows)} of {length} rows are judged: the inputs are too large for the twin"
        without = [n for n, x in zip(self.inputs.names, self.whole, strict=True) if not _has_rows(x, length)]
        return (judged, *([f"gradients of {', '.join(without)} are not judged"] if without else []))

    def placed(self, report: Report) -> Report:
        """Return a report on the rows with the places that they have among all."""
        return replace(report, findings=tuple(map(self._placed_finding, report.findings)))

    def _placed_finding(self, finding: Finding) -> Finding:
        if not finding.index:
            return finding
        return replace(finding, index=(int(self.rows[finding.index[0]]), *finding.index[1:]))

    def embed(self, function: Code) -> Code:
        """Return a function of all inputs as one of the rows: they are put among the others, and taken out again."""
        length = max(len(x) for x in self.whole if _rows_in(x))

        def call(*arguments: Any, **options: Any) -> Any:
            before = len(arguments) - len(self.whole)
            grads = [mapped(lambda g: self._filled(g, length), x) for x in arguments[:before]]
            pairs = zip(arguments[before:], self.whole, strict=True)
            inputs = [self._among(x, whole) if _has_rows(whole, length) else x for x, whole in pairs]
            value = enter(function, *grads, *inputs, **options)
            return mapped(lambda x: x[self.rows] if _has_rows(x, length) else x, value)

        return call

    def _filled(self, x: Any, length: int) -> Any:
        """Return as many rows as there are, these among repetitions of them."""
        if not _has_rows(x, len(self.rows)):
            return x
        return self._placed(x, np.resize(x, (length, *x.shape[1:])))

    def _among(self, x: Array, whole: Array) -> Array:
        if np.array_equal(x, whole[self.rows], equal_nan=x.dtype.kind == "f"):
            view = whole.view()
            view.flags.writeable = False  # there is no room for a copy that may be written into
            return view
        return self._placed(x, whole.copy())

    def _placed(self, x: Array, whole: Array) -> Array:
        whole[self.rows] = x
        return whole


def sample_of(inputs: Inputs, seed: int) -> Sample | None:
    """Return some rows of large inputs; None of others."""
    arrays = [x for x in inputs.arrays if _rows_in(x)]
    if sum(x.size for x in arrays) <= LARGE:
        return None
    largest = max(arrays, key=lambda x: x.size)
    length, width = len(largest), max(largest.size // len(largest), 1)
    near = [place // width + step for place in BOUNDARIES for step in (-1, 0, 1)]
    ends = [0, 1, length - 2, length - 1]
    count = min(max(SAMPLED // width, 1), length)
    drawn = np.random.default_rng(seed).integers(0, length, count)
    rows = np.unique([row for row in (*near, *ends, *drawn) if 0 <= row < length])
    are_cut = [_has_rows(x, length) for x in inputs.arrays]
    small = replace(
        inputs,
        arrays=tuple(x[rows] if cut else x for x, cut in zip(inputs.arrays, are_cut, strict=True)),
        wanted=tuple(w and cut for w, cut in zip(inputs.wanted, are_cut, strict=True)),
    )
    return Sample(small, inputs.arrays, rows)


def require_rows_alone(sample: Sample, twin: Twin) -> None:
    """Raise a UsageError unless the twin makes of each half of the rows what it makes of it among all."""
    question = Question(sample.inputs.arrays, sample.inputs.wanted)
    answers = twin.run(question).arrays
    slicing, middle = Slicing(twin, question, answers), len(sample.rows) // 2
    halves = (slice(0, middle), slice(middle, None))
    count = slicing.length(range(len(answers)))
    if count != len(sample.rows) or any(slicing.part(half, range(len(answers))) is None for half in halves):
        raise UsageError(
            f"Expected inputs of at most {LARGE} numbers together, or a twin that treats every row alone; got "
            f"{sum(x.size for x in sample.whole if isinstance(x, np.ndarray))} numbers, of which the twin makes "
            "something else row by row."
        )


def _rows_in(x: Any) -> bool:
    return isinstance(x, np.ndarray) and x.ndim > 0 and len(x) > 0


def _has_rows(x: Any, length: int) -> bool:
    return isinstance(x, np.ndarray) and x.shape[:1] == (length,)
