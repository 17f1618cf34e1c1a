"""Indices of tied elements: whether the twin picks among equals by a rule, so that its pick can be judged."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.bound import TIE_TRIALS
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding
from gradtwin.core.truth import Expectation, ratios
from gradtwin.ops.contested import Ruling
from gradtwin.ops.evaluation import Question
from gradtwin.ops.subject import Subject

__all__ = ["tied_picks"]

Array = NDArray[Any]


def tied_picks(subject: Subject, got: Array, e: Expectation, output: int, finding: Finding) -> Ruling | None:
    """Return the ruling where an output holds indices, and both sides point at equal elements of the one input.

    Where the twin follows a rule, in other orders of the input too, its pick is judged; else either is right.
    """
    floating = [i for i, x in enumerate(subject.inputs.arrays) if isinstance(x, np.ndarray) and x.dtype.kind == "f"]
    if got.dtype.kind not in "iu" or len(floating) != 1:
        return None
    x, ours, theirs = subject.inputs.arrays[floating[0]], got, e.truth.astype(np.int64)
    axis = next((a for a in range(x.ndim) if _points(x, ours, a) and _points(x, theirs, a)), None)
    if axis is None or np.any((_values(x, ours, axis) != _values(x, theirs, axis))[ratios(got, e) > 1]):
        return None
    name = subject.inputs.names[floating[0]]
    if _arbitrary(subject, floating[0], output, axis):
        return Ruling(
            note=f"{finding.quantity}: a tie, in which the twin's pick follows no rule: either index is right"
        )
    ranks = _ranks(x, theirs, axis)
    which = "the first" if not np.any(ranks) else "by a rule of its own"
    message = f"differs from the twin at a tie: among equal elements of {name} the twin picks {which}"
    return Ruling(replace(finding, verdict="mismatch", message=message))


def _expanded(x: Array, indices: Array, axis: int) -> Array:
    """Return indices with the axis that a reduction has taken away."""
    return indices if indices.ndim == x.ndim else np.expand_dims(indices, axis)


def _points(x: Array, indices: Array, axis: int) -> bool:
    """Return whether indices may point along an axis of an array."""
    if indices.ndim not in (x.ndim, x.ndim - 1):
        return False
    shape = _expanded(x, indices, axis).shape
    alike = all(n == m for a, (n, m) in enumerate(zip(shape, x.shape, strict=True)) if a != axis)
    return alike and bool(np.all((indices >= 0) & (indices < x.shape[axis])))


def _values(x: Array, indices: Array, axis: int) -> Array:
    """Return the elements that indices point at, in the shape of the indices."""
    return np.take_along_axis(x, _expanded(x, indices, axis), axis).reshape(indices.shape)


def _ranks(x: Array, indices: Array, axis: int) -> Array:
    """Return, for each index, how many of the elements before it along the axis are equal to its own."""
    rows, picks = np.moveaxis(x, axis, -1), np.moveaxis(_expanded(x, indices, axis), axis, -1)
    values = np.take_along_axis(rows, picks, -1)
    before = np.arange(rows.shape[-1]) < picks[..., np.newaxis]
    return np.asarray(np.sum(before & (rows[..., np.newaxis, :] == values[..., np.newaxis]), axis=-1))


def _arbitrary(subject: Subject, position: int, output: int, axis: int) -> bool:
    """Return whether in other orders of the input the twin picks others among equals, counted from the first."""
    # Ranks among equals, since another order moves the indices; the first trial is the input as it is.
    rng, x = np.random.default_rng(subject.seed), subject.inputs.arrays[position]
    ranks = []
    for trial in range(TIE_TRIALS + 1):
        arrays = list(subject.inputs.arrays)
        arrays[position] = x.take(rng.permutation(x.shape[axis]), axis) if trial else x
        try:
            picks = subject.twin.run(Question(arrays, (False,) * len(arrays))).outputs[output]
        except UsageError:
            return False
        ranks.append(_ranks(arrays[position], picks.astype(np.int64), axis))
    return any(np.any(r != ranks[0]) for r in ranks)
