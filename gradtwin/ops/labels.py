"""Judging labels: they must be the twin's wherever the margin exceeds what rounding can do."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.compare import Expectation
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding, Report, Tally
from gradtwin.ops.subject import Expected

__all__ = ["Decided", "calls", "told", "with_margin"]

Array = NDArray[Any]


@dataclass(frozen=True)
class Decided:
    """The twin's word on labels, each either clear or too close to call; the output after them is their margin."""

    expected: Expected

    def at(self, i: int) -> Expectation | None:
        """Return the i-th expectation after a first look."""
        labels, margin = self.expected.at(i), self.expected.at(i + 1)
        return None if labels is None or margin is None else _called(labels, margin)

    def closer(self, i: int) -> Expectation:
        """Return the i-th expectation after a second look."""
        return _called(self.expected.closer(i), self.expected.closer(i + 1))


def _called(labels: Expectation, margin: Expectation) -> Expectation:
    """Return the labels with no rounding admitted where the call is clear, and any label where it is too close.

    A margin of 0 that no rounding moves is a tie, which goes where the rule says.
    """
    shape = labels.truth.shape
    if margin.truth.shape[: len(shape)] != shape:
        raise UsageError(
            f"Expected margin to return an array whose shape begins with that of the labels, {shape}; "
            f"got {margin.truth.shape}."
        )
    if margin.exact:
        return labels
    with np.errstate(invalid="ignore"):
        close = ~(np.abs(margin.truth) > margin.bound) & (margin.bound != 0)
    each = close.any(axis=tuple(range(len(shape), close.ndim)))
    return replace(labels, spread=np.where(each, np.inf, 0.0))


def calls(quantity: str, e: Expectation | None) -> Report:
    """Return how many labels there are and how many were too close to call; `void` where all of them were."""
    assert e is not None
    count, close = e.truth.size, int(np.count_nonzero(np.isinf(e.spread)))
    void = Finding("void", quantity, f"proves nothing: all {count} points are too close to call")
    return Report("", (void,) if count and close == count else (), Tally(points=count, close=close))


def with_margin(predict: Callable[..., Any], margin: Callable[..., Any]) -> Callable[..., Any]:
    """Return a twin that tells its margin after its labels."""

    def both(*inputs: Any, **options: Any) -> tuple[Any, ...]:
        labels = predict(*inputs, **options)
        return (*(labels if isinstance(labels, tuple) else (labels,)), told(margin(*inputs, **options)))

    return both


def told(margin: Any) -> Any:
    """Return a margin with very large numbers for infinities, so that rounding which makes one finite is seen."""
    if not (isinstance(margin, torch.Tensor) and margin.is_floating_point()):
        return margin
    far = torch.finfo(margin.dtype).max / 4
    return torch.nan_to_num(margin, nan=math.nan, posinf=far, neginf=-far)
