"""What holds of every convention that a check knows by name, of optimizers and of schedules alike."""

from collections.abc import Collection
from typing import Any, Protocol

import gradtwin


class Case(Protocol):
    """Code in a convention, and code that is wrong by it too."""

    @property
    def name(self) -> str: ...
    @property
    def own(self) -> Any: ...
    @property
    def wrong(self) -> Any: ...

    def judge(self, suspect: Any, /, **arguments: Any) -> gradtwin.Report: ...


def require_named_and_accepted(case: Case) -> None:
    """Fail unless the code is refused with the name of its convention, and matches by that name."""
    report = case.judge(case.own)
    assert report.verdict == "mismatch", report
    assert f'another convention: {case.name}; accept="{case.name}"' in report.findings[0].message
    accepted = case.judge(case.own, accept=case.name)
    assert accepted.ok, accepted
    assert accepted.notes[0].startswith(f"by the convention {case.name}")


def require_unexplained(case: Case, names: Collection[str]) -> None:
    """Fail unless the wrong code is refused, without a convention and with all of them."""
    for report in (case.judge(case.wrong), case.judge(case.wrong, accept=tuple(names))):
        assert not report.ok, report
        assert "another convention" not in str(report)
