"""The rates themselves: in a list or an array, or from an iterator, which is read once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gradtwin.core.errors import UsageError, shown
from gradtwin.training.rates.form import Course, RateForm

__all__ = ["of_iterator", "of_list"]

REMARK = "the rates come as they are; the options are the twin's alone"


def of_list(values: Sequence[Any]) -> RateForm:
    """Return how a list of rates is read: the first is the rate at step 0, and its length is that of the curve."""
    if not len(values):
        raise UsageError(f"Expected scheduler to hold at least one rate; got {shown(values)}.")
    return _of(list(values), f"a list of {len(values)} rates")


def of_iterator(values: Iterator[Any], steps: int) -> RateForm:
    """Return how an iterator is read: as far as the curve goes, or to its own end."""
    rates = list(itertools.islice(values, steps + 1))
    if not rates:
        raise UsageError(f"Expected scheduler to yield at least one rate; got {shown(values)}, which yields none.")
    return _of(rates, f"an iterator, which yields {len(rates)} rates")


def _of(values: list[Any], words: str) -> RateForm:
    def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
        return values[: course.steps + 1]

    return RateForm(words, rates, length=len(values) - 1, remarks=(REMARK,))
