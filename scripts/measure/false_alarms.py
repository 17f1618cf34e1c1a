"""Right code on seeds, precisions and sizes that it was not written with: how often is it accused?

Every round judges one trial of each row: a case and an input family, a precision (float16 too, of functions with a
gradient for which torch has a kernel) and, where the inputs allow it, a size of the batch, all drawn with the seed of
the round. A check is an array compared. An accusation is any verdict but `match` and `inconclusive`; it is printed once
a trial, with the command that repeats it. Exit code 1 where there was one.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

from gradtwin.core.conditions import TRIED
from gradtwin.core.errors import GradtwinError, UsageError
from gradtwin.core.report import Report
from gradtwin.project.pairs import select
from gradtwin.project.trials import Trial
from gradtwin.rows import Model, Op, Optimizer, Row, Scheduler, Training
from parity_tests.rows import PAIRS
from scripts.measure.rounds import Outcome, Search, draw_trial, quietly, search

__all__ = ["main"]

RIGHT, ACCUSED, VOID = "match", "accused", "inconclusive"
EMPTY, NO_KERNEL, WIDER = "without elements", "without a kernel in torch", "wider than the precision"
KINDS = (Model, Op, Optimizer, Scheduler, Training)
WIDENS = "has dtype "
"""What a report says of a function that does not compute in the precision: SciPy's have no float16."""


def judge(name: str, seed: int) -> Outcome:
    """Return what comes of the trial of a row that belongs to a seed."""
    (row,) = select(PAIRS, (name,))
    trial = draw_trial(row, seed, _precisions(row))
    try:
        report = quietly(trial)
    except UsageError as error:
        if trial.dtype not in TRIED:
            return Outcome(NO_KERNEL, row.kind, 0, row.name)
        return Outcome(ACCUSED, row.kind, 0, trial.id, f"{trial.id}: {error}\n  repeat: {_command(row, seed)}")
    label = _label(trial, report)
    text = str(replace(report, command=_command(row, seed))) if label == ACCUSED else ""
    return Outcome(label, row.kind, report.tally.checks, trial.id, text)


def _label(trial: Trial, report: Report) -> str:
    """Return how a report is counted: `accused` where it says that the suspect is wrong."""
    accusations = [f.message for f in report.findings if f.verdict != VOID]
    if report.ok:
        return RIGHT
    if not accusations:
        return EMPTY if trial.family == "empty" else VOID
    return WIDER if trial.dtype not in TRIED and all(WIDENS in message for message in accusations) else ACCUSED


def _precisions(row: Row) -> tuple[str, ...]:
    """Return the precisions that a row claims."""
    return (*TRIED, "float16") if isinstance(row, Op) and row.gradient else TRIED


def _command(row: Row, seed: int) -> str:
    return f"scripts/false-alarms {row.name} --seed {seed} --checks 1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what came of so many checks; return the exit code."""
    try:
        return 1 if search(judge, Search.from_arguments(__doc__, arguments, KINDS))[ACCUSED] else 0
    except GradtwinError as error:
        print(f"false-alarms: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
