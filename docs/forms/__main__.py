"""Runs every example beside this file, prints what it says, and writes the page `docs/forms.md`."""

from __future__ import annotations

import argparse
import runpy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradtwin import Report

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "forms.md"
HEAD = """# Forms

Code is judged in the form in which it is written. Each example below is right code and, beside it, the same with one
mistake; `python -m docs.forms` runs them and writes this page. The tests run them from an installed wheel, in an empty
folder.

"""


@dataclass(frozen=True)
class Example:
    """One form: its title, its code, and the reports on it, right and wrong."""

    title: str
    code: str
    right: Report
    wrong: Report

    @property
    def line(self) -> str:
        """The example as a line of the table."""
        return f"| {self.title} | {_said(self.right)} | {_said(self.wrong)} |"

    @property
    def section(self) -> str:
        """The example as a section of the page."""
        return f"## {self.title}\n\n```python\n{self.code}```\n"


def examples() -> Iterator[Example]:
    """Yield the examples in the order of their files."""
    for path in sorted(HERE.glob("[a-z]*.py")):
        text = path.read_text(encoding="utf-8")
        names: dict[str, Any] = runpy.run_path(str(path), run_name=path.stem)
        right, wrong = (_asked(names[side]) for side in ("right", "wrong"))
        title, _, code = text.removeprefix('"""').partition('."""\n\n')
        yield Example(title, code, right, wrong)


def table(rows: list[Example]) -> str:
    """Return what the oracle says of each form."""
    lines = ["| form | right | wrong |", "|---|---|---|", *(example.line for example in rows)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table; write the page unless told otherwise."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--table", action="store_true", help="print the table and write nothing")
    only_table = options.parse_args().table
    rows = list(examples())
    print(table(rows), end="")
    if not only_table:
        text = HEAD + table(rows) + "\n" + "\n".join(example.section for example in rows)
        PAGE.write_text(text, encoding="utf-8")


def _asked(check: Callable[[], Report]) -> Report:
    return check()


def _said(report: Report) -> str:
    """Return a report in a few words, none of which depends on the machine."""
    if report.findings:
        finding = report.findings[0]
        return f"{report.verdict}: {finding.quantity}"
    return f"{report.verdict}: {report.coverage}"


if __name__ == "__main__":
    main()
