"""A report as an assertion: that of a match is returned, any other raises with the report as its text."""

from __future__ import annotations

from typing import Any

from gradtwin.core.assertion import report_or_arguments_of
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report
from gradtwin.ops.check import check

__all__ = ["assert_match"]


@report_or_arguments_of(lambda: check)
def assert_match(*args: Any, **kwargs: Any) -> Report:
    """Raise AssertionError unless a report is that of a match.

    Parameters
    ----------
    *args, **kwargs
        A `Report` of any check; or the arguments of `gradtwin.check`, which is then run.

    Returns
    -------
    Report
        The report of the match.

    Raises
    ------
    AssertionError
        If the verdict is anything but ``match``; its text is the report.
    UsageError
        If neither a report came nor what `gradtwin.check` takes.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    report = args[0] if len(args) == 1 and not kwargs and isinstance(args[0], Report) else _checked(*args, **kwargs)
    if not report.ok:
        raise AssertionError(str(report))
    return report


def _checked(*args: Any, **kwargs: Any) -> Report:
    """Return the report on the arguments of a check, of which there must be some."""
    __tracebackhide__ = True
    if not kwargs and not (args and callable(args[0])):
        got = repr(args[0]) if args else "nothing"
        raise UsageError(
            f"Expected assert_match to be called with a report, or with the arguments of check; got {got}."
        )
    return check(*args, **kwargs)
