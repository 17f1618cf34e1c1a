"""Judging rows one after the other, or in several processes at once."""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

import torch

from gradtwin.project import load_rows, select
from gradtwin.report import Report
from gradtwin.rows import Row
from gradtwin.table import Result, judge

__all__ = ["judged"]


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
