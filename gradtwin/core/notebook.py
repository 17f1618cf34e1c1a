"""A report as a notebook shows it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradtwin.core.report import Finding, Report

__all__ = ["html_of"]

COLUMNS = ("verdict", "quantity", "what", "where", "expected", "got", "off by the bound", "probably")


def html_of(report: Report) -> str:
    """Return a report as HTML: its first line, a table of what is wrong, and what else there is to say."""
    headline, *rest = str(report).splitlines()
    verdict, _, figures = headline.partition("  ")
    parts = [f"<p><strong>{escape(verdict)}</strong> {escape(figures)}</p>"]
    if report.findings:
        rows = "".join(_row("td", _cells(finding)) for finding in report.findings)
        parts.append(f"<table><thead>{_row('th', COLUMNS)}</thead><tbody>{rows}</tbody></table>")
    # Lines of findings are indented further, or begin with the verdict of one.
    own = {str(finding).splitlines()[0] for finding in report.findings}
    lines = [line.strip() for line in rest if not line.startswith("    ") and line.strip() not in own]
    parts += [f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"] if lines else []
    return f"<div>{''.join(parts)}</div>"


def _cells(finding: Finding) -> Iterable[str]:
    place = "" if finding.index is None else str(list(finding.index))
    step = "" if finding.step is None else f"step {finding.step}"
    numbers = (finding.expected, finding.got)
    shown = ["" if x is None else f"{x:.9g}" for x in numbers]
    ratio = "" if finding.ratio is None else f"{finding.ratio:.3g}"
    where = ", ".join(part for part in (finding.context, step, place) if part)
    return finding.verdict, finding.quantity, finding.message, where, *shown, ratio, finding.cause or ""


def _row(tag: str, cells: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"
