"""Judging rows one after the other, or in several processes at once."""

from __future__ import annotations

import functools
import multiprocessing
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import torch

from gradtwin.core.report import Report
from gradtwin.project.case import Row
from gradtwin.project.pairs import load_rows, select
from gradtwin.project.trials import trials

__all__ = ["Result", "judge", "judged"]


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
    """

    row: Row
    trials: tuple[Report, ...]
    command: str

    @property
    def report(self) -> Report:
        """The reports of all trials as one, under the row's name."""
        return Report.joined(self.row.name, self.trials, self.command)


def judge(row: Row, dtypes: Sequence[str], device: str, seed: int, progress: Callable[[str], None]) -> Result:
    """Run every trial of a row, telling `progress` which one."""
    flags = "".join(f" --dtype {d}" for d in dtypes) + ("" if device == "cpu" else f" --device {device}")
    asked = list(trials(row, dtypes, device, seed))
    reports = []
    for i, trial in enumerate(asked):
        progress(f"trial {i + 1}/{len(asked)}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the suspect warns of is noted in its report
            reports.append(trial.run())
    return Result(row, tuple(reports), f"python -m gradtwin verify {row.name}{flags} --seed {seed}")


def judged(
    rows: Sequence[Row], dtypes: Sequence[str], device: str, seed: int, jobs: int, progress: Callable[[str], None]
) -> Iterator[Result]:
    """Yield the result of every row, in order, telling `progress` where the work is.

    Several processes find the rows anew, by name, in the project that they are started in.
    """
    places = [f"pair {i + 1}/{len(rows)}  {row.name}" for i, row in enumerate(rows)]
    if jobs == 1:
        for place, row in zip(places, rows, strict=True):
            yield judge(row, dtypes, device, seed, functools.partial(_say, progress, place))
        return
    context = multiprocessing.get_context("spawn")  # a fork of a process that has run torch may hang
    with ProcessPoolExecutor(jobs, context, torch.set_num_threads, (1,)) as pool:
        waiting = [pool.submit(_judged, row.name, tuple(dtypes), device, seed) for row in rows]
        for place, row, future in zip(places, rows, waiting, strict=True):
            progress(place)
            yield Result(row, *future.result())


def _say(progress: Callable[[str], None], place: str, trial: str) -> None:
    progress(f"{place}  {trial}")


def _judged(name: str, dtypes: Sequence[str], device: str, seed: int) -> tuple[tuple[Report, ...], str]:
    (row,) = select(load_rows(), (name,))
    result = judge(row, dtypes, device, seed, lambda trial: None)
    return result.trials, result.command
