"""Judging rows one after the other, or in several processes at once."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Finding, Report
from gradtwin.project.pairs import load_rows, select
from gradtwin.project.trials import Row, verify_command

__all__ = ["Result", "judge", "judge_each", "processes"]

THREADS = ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
"""What libraries read, as they are loaded, to learn on how many threads to compute."""


@dataclass(frozen=True)
class Result:
    """A row that was judged.

    Parameters
    ----------
    row : Row
        The row.
    trials : tuple of Report
        One report a trial.
    command : str
        The command that repeats them all.
    obstacle : str
        Why the trials after these could not be judged; empty where all were.
    """

    row: Row
    trials: tuple[Report, ...]
    command: str
    obstacle: str = ""

    @property
    def report(self) -> Report:
        """The reports of all trials as one, under the row's name; no match if some could not be judged."""
        missing = (Finding("inconclusive", "trials", self.obstacle),) if self.obstacle else ()
        return Report.joined(self.row.name, (*self.trials, Report("", missing)), self.command)


def judge(row: Row, conditions: Conditions, progress: Callable[[str], None]) -> Result:
    """Run every trial of a row, up to one that cannot be judged; `progress` is called with the number of each."""
    trials = list(row.trials(conditions))
    reports: list[Report] = []
    obstacle = ""
    for i, trial in enumerate(trials):
        progress(f"trial {i + 1}/{len(trials)}")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what the suspect warns of is noted in its report
                reports.append(trial.run())
        except UsageError as error:
            obstacle = " ".join(str(error).split())
            break
    return Result(row, tuple(reports), verify_command(row, conditions), obstacle)


def judge_each(
    rows: Sequence[Row], conditions: Conditions, jobs: int, progress: Callable[[str], None]
) -> Iterator[Result]:
    """Yield the result of every row, in order; `progress` is called with the place of the work.

    Several processes find the rows anew, by name, in the project that they are started in. What takes long is begun
    first, or one process would be at it when the others have nothing left.
    """
    places = [f"pair {i + 1}/{len(rows)}  {row.name}" for i, row in enumerate(rows)]
    if jobs == 1:
        for place, row in zip(places, rows, strict=True):
            yield judge(row, conditions, functools.partial(_join_places, progress, place))
        return
    with processes(jobs) as pool:
        order = sorted(rows, key=lambda row: not row.takes_long)
        waiting = {row.name: pool.submit(_judge_by_name, row.name, conditions) for row in order}
        for place, row in zip(places, rows, strict=True):
            progress(place)
            yield Result(row, *waiting[row.name].result())


@contextlib.contextmanager
def processes(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Start that many processes, each of which computes on one thread."""
    context = multiprocessing.get_context("spawn")  # a fork of a process that has run torch may hang
    with _one_thread_each(), ProcessPoolExecutor(jobs, context) as pool:
        yield pool


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let processes that are started compute on one thread each, torch and NumPy both, unless somebody says otherwise.

    NumPy's threads wait for each other at full speed, and take the time of the other processes.
    """
    # In the environment: a process reads it as it loads its libraries, before any code of ours runs in it.
    settings = {name: "1" for name in THREADS if name not in os.environ}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name in settings:
            del os.environ[name]


def _join_places(progress: Callable[[str], None], place: str, trial: str) -> None:
    progress(f"{place}  {trial}")


def _judge_by_name(name: str, conditions: Conditions) -> tuple[tuple[Report, ...], str, str]:
    """Return all of a result but its row, which holds functions that cannot be sent to another process."""
    (row,) = select(load_rows(), (name,))
    result = judge(row, conditions, lambda trial: None)
    return result.trials, result.command, result.obstacle
