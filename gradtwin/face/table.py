"""The text of `gradtwin verify`: a line a row as it is judged, then the failures, the notes and the summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gradtwin.core.bound import K
from gradtwin.core.report import SCHEMA_VERSION, Report
from gradtwin.project.runner import Result

__all__ = ["Table", "details", "summary", "summary_line"]

FAR = 1000
"""The difference / bound from which on its size is enough."""
VERDICT_WIDTH = len("inconclusive")


@dataclass(frozen=True)
class Table:
    """A table whose lines are printed one by one, so its widths are known before its contents.

    Parameters
    ----------
    names : sequence of str
        Names of the rows.
    dtypes : sequence of str
        Precisions, each with a column for the worst difference / bound.
    """

    names: Sequence[str]
    dtypes: Sequence[str]

    @property
    def header(self) -> str:
        """The names of the columns; a difference / bound above 1 is refused."""
        return self._line("verdict", "pair", ("trials", "checks", "controls"), self.dtypes)

    def line(self, result: Result) -> str:
        """Return the line of one row."""
        tally = result.report.tally
        counts = [str(n) for n in (len(result.trials), tally.checks, tally.controls)]
        worst = [figure(tally.worst[d]) if d in tally.worst else "-" for d in self.dtypes]
        return self._line(result.report.verdict, result.row.name, counts, worst)

    def _line(self, verdict: str, name: str, counts: Sequence[str], worst: Sequence[str]) -> str:
        width = max(map(len, ("pair", *self.names)))
        return f"{verdict:{VERDICT_WIDTH}}  {name:{width}}" + "".join(f"  {figure:>8}" for figure in (*counts, *worst))


def figure(worst: float) -> str:
    """Return a difference / bound; of one far outside its size."""
    return f"{worst:.2f}" if worst < FAR else f"{worst:.0e}"


def details(results: Sequence[Result]) -> Iterator[str]:
    """Yield every trial that found something, what no trial of a row proves, what each row has to add, the notes."""
    for result in results:
        for trial in result.trials:
            if trial.findings:
                yield f"{trial}\n"
        unproven = result.report.coverage.unproven
        if unproven and not result.report.findings:
            yield f"{result.report}\n"
    lines = [line for result in results for line in result.row.summary(result.trials)]
    if lines:
        yield from (*lines, "")
    notes: dict[tuple[str, str], str] = {}  # what many trials of a row remark stands once, with the first of them
    for result in results:
        of_twin = result.report.tally.of_twin()
        for name, note in [*((result.row.name, note) for note in of_twin), *_remarks(result)]:
            notes.setdefault((result.row.name, note), f"note: {name}: {note}")
    if notes:
        yield from (*notes.values(), "")


def _remarks(result: Result) -> Iterator[tuple[str, str]]:
    """Yield what the trials of a row remark, each with the name of the trial."""
    yield from ((trial.name, remark) for trial in result.trials for remark in trial.remarks)


def summary(results: Sequence[Result]) -> dict[str, Any]:
    """Return the figures of a whole run as plain data; each is described in `gradtwin/report.schema.json`."""
    report = Report.joined("", [result.report for result in results])
    tally = report.tally.to_dict()
    return {
        "schema": SCHEMA_VERSION,
        "ok": all(result.report.ok for result in results),
        "pairs": len(results),
        "matching": sum(result.report.ok for result in results),
        "trials": sum(len(result.trials) for result in results),
        **{figure: tally[figure] for figure in ("checks", "controls", "steps", "points", "close", "worst", "twin")},
        "K": K,
    }


def summary_line(total: dict[str, Any]) -> str:
    """Return the summary as one line."""
    worst = ", ".join(f"{dtype} {figure(float(value))}" for dtype, value in total["worst"].items())
    labels = f"{total['close']} of {total['points']} labels too close to call, " if total["points"] else ""
    return (
        f"{total['matching']} of {total['pairs']} pairs match: {total['trials']} trials, {total['checks']} checks, "
        f"{total['controls']} controls fired, {labels}worst difference / bound {worst or 'none'}"
    )
