"""Judging labels: they must be the twin's wherever the margin exceeds what rounding can do."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.call import Code, enter
from gradtwin.core.errors import GradtwinError, UsageError, place_of, shown
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.core.truth import Expectation, Places, Truth

__all__ = ["LabelTruth", "count_close", "finite", "with_margin"]

Array = NDArray[Any]


@dataclass(frozen=True)
class LabelTruth:
    """What the twin says of labels, each either clear or too close to call, which their margin decides."""

    labels: Truth
    margin: Truth

    def first(self) -> Expectation | None:
        """Return the expectation after a first look."""
        return _clear(self.labels.first(), self.margin.first())

    def closer(self, places: Places = None) -> Expectation | None:
        """Return the expectation after a closer look."""
        return _clear(self.labels.closer(), self.margin.closer())


def _clear(labels: Expectation | None, margin: Expectation | None) -> Expectation | None:
    """Return the labels with no rounding admitted where the call is clear, and any label where it is too close.

    A margin of 0 that no rounding moves is a tie, which goes where the rule says.
    """
    if labels is None or margin is None:
        return None
    shape = labels.truth.shape
    if margin.truth.shape[: len(shape)] != shape:
        raise UsageError(
            f"Expected margin to return an array whose shape begins with that of the labels, {shape}; "
            f"got {margin.truth.shape}."
        )
    if margin.exact:
        return labels
    with np.errstate(invalid="ignore"):
        # Not clear, instead of close: a margin that is NaN is no clear one.
        close = ~(np.abs(margin.truth) > margin.bound) & (margin.bound != 0)
    any_close = close.any(axis=tuple(range(len(shape), close.ndim)))
    return replace(labels, spread=np.where(any_close, np.inf, 0.0))


def count_close(quantity: str, e: Expectation | None) -> Report:
    """Return how many labels there are and how many were too close to call; `inconclusive` where all of them were."""
    assert e is not None
    count, close = e.truth.size, int(np.count_nonzero(np.isinf(e.spread)))
    unproven = Finding("inconclusive", quantity, f"proves nothing: all {count} points are too close to call")
    return Report("", (unproven,) if count and close == count else (), Tally(points=count, close=close))


def with_margin(predict: Code, margin: Code) -> Code:
    """Return a twin that tells its margin after its labels."""

    @functools.wraps(predict)
    def both(*inputs: Any, **options: Any) -> tuple[Any, ...]:
        labels = enter(predict, *inputs, **options)
        try:
            lead = enter(margin, *inputs, **options)
        except GradtwinError:
            raise
        except Exception as error:  # the user's code may raise anything
            what = f"{type(error).__name__}: {error}{place_of(error)}"
            raise UsageError(f"Expected margin to take what the twin takes; it raised {what}") from error
        if not isinstance(lead, torch.Tensor):
            raise UsageError(f"Expected margin to return a tensor; got {shown(lead)}.")
        return (*(labels if isinstance(labels, tuple) else (labels,)), finite(lead))

    return both


def finite(margin: Any) -> Any:
    """Return a margin with very large numbers for infinities, so that rounding which makes one finite is seen."""
    if not (isinstance(margin, torch.Tensor) and margin.is_floating_point()):
        return margin
    # A quarter of the largest number, which noise, or the difference of two, does not carry over.
    far = torch.finfo(margin.dtype).max / 4
    return torch.nan_to_num(margin, nan=math.nan, posinf=far, neginf=-far)
