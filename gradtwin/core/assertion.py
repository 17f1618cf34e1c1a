"""The type of what raises unless a report is that of a match, taking the report or the arguments of a check."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec, Protocol, overload

if TYPE_CHECKING:
    from gradtwin.core.report import Report

__all__ = ["Assertion", "report_or_arguments_of"]

P = ParamSpec("P")


class Assertion(Protocol[P]):
    """Takes a report, or the arguments of a check."""

    @overload
    def __call__(self, report: Report, /) -> Report: ...

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Report: ...


def report_or_arguments_of(
    load: Callable[[], Callable[P, Report]],
) -> Callable[[Callable[..., Report]], Assertion[P]]:
    """Return a decorator that changes the type alone, so that a misspelled argument of the check is seen."""
    return lambda function: function
