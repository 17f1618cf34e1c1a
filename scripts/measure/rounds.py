"""Judging code on numbers that nobody chose, round after round, until so many checks are counted."""

import argparse
import dataclasses
import functools
import itertools
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np

from gradtwin.core.conditions import TRIED, Conditions, seed_from
from gradtwin.core.errors import NothingCheckedError
from gradtwin.core.report import Report
from gradtwin.project.pairs import select
from gradtwin.project.runner import processes
from gradtwin.project.trials import Trial
from gradtwin.rows import Case, Model, Op, Row, Training
from parity_tests.rows import PAIRS

__all__ = ["Outcome", "Search", "draw_trial", "quietly", "search"]

STEPS = 3
"""Steps of optimizers and training runs, so that they take no more time than a function does."""
LONG = (Model, Training)
"""Kinds of rows whose trials take as long as those of many functions: every tenth round has them."""
EVERY = 10
SIZES = (0.25, 8.0)
"""How many times longer a batch may be than its row says, at least and at most."""


class Outcome(NamedTuple):
    """What came of one trial: how it is counted, how many checks it made, and what is printed of it, once a title."""

    label: str
    kind: str
    checks: int
    title: str = ""
    text: str = ""


class Search(NamedTuple):
    """What a command asks for: rows, how many checks of them, from which seed on, in how many processes."""

    rows: Sequence[Row]
    checks: int
    seed: int
    jobs: int

    @classmethod
    def from_arguments(
        cls, description: str | None, arguments: Sequence[str] | None, kinds: tuple[type, ...]
    ) -> "Search":
        """Return what the arguments of a command ask for, among rows of these kinds."""
        parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("name", nargs="*", help="rows, families or tags; all rows if not given")
        parser.add_argument("--checks", type=int, default=100_000, help="arrays to compare (default 100,000)")
        parser.add_argument("--seed", type=int, default=0, help="seed of the first round; each takes the next one")
        parser.add_argument("--jobs", type=int, default=1, help="processes (default 1)")
        values = parser.parse_args(arguments)
        rows = [row for row in select(PAIRS, values.name) if isinstance(row, kinds)]
        if not rows or min(values.checks, values.jobs) < 1:
            raise NothingCheckedError(f"Expected rows, checks and jobs to search with; got {values}.")
        return cls(rows, values.checks, values.seed, values.jobs)


def draw_trial(row: Row, seed: int, dtypes: Sequence[str] = TRIED) -> Trial:
    """Return the trial of a row that belongs to a seed: a case, a family, a precision and a size."""
    trials = [t for t in row.trials(Conditions(tuple(dtypes), seed=seed), STEPS) if isinstance(t.case, Case)]
    rng = random.Random(seed_from(row.name, seed))
    trial = rng.choice(trials)
    if not isinstance(row, Op) or trial.family == "kinks" or not _takes_any_size(row, trial):
        return trial  # at kinks both sides are exact, which a mean over another number of elements is not
    least, most = SIZES
    return dataclasses.replace(trial, size=least * (most / least) ** rng.random())


def _takes_any_size(row: Op, trial: Trial) -> bool:
    """Return whether the inputs are those of a case that is tried on no elements, and so on any number of them.

    An array among the options has a size of its own, which only the case itself knows to fit.
    """
    assert isinstance(trial.case, Case)
    inputs, options = trial.case.inputs or row.inputs, trial.case.options
    alike = [case for case in row.cases if (case.inputs or row.inputs) is inputs]
    if any(isinstance(value, np.ndarray) for value in options.values()):
        alike = [trial.case]
    return any("empty" in case.families for case in alike)


def quietly(trial: Trial) -> Report:
    """Return the report of a trial, which notes what the suspect warns of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return trial.run()


def search(judge: Callable[[str, int], Outcome], order: Search) -> Counter[str]:
    """Judge a row at a time until the checks are made, print what came of it, and return how often each label did.

    Every round takes the rows in another order, each once; `judge` takes a name and the seed of the round.
    """
    labels: Counter[str] = Counter()
    trials: Counter[str] = Counter()
    checks: Counter[str] = Counter()
    printed: Counter[str] = Counter()
    for outcome in _outcomes(judge, order):
        labels[outcome.label] += 1
        trials[outcome.kind] += 1
        checks[outcome.kind] += outcome.checks
        if outcome.text:
            printed[outcome.title] += 1
            if printed[outcome.title] == 1:
                print(f"{outcome.label}: {outcome.text}", flush=True)
        if checks.total() >= order.checks:
            break
    print(f"{checks.total()} checks in {trials.total()} trials, seeds from {order.seed} on: {_listed(labels)}")
    print("\n".join(f"{kind:9} {checks[kind]:8} checks {trials[kind]:7} trials" for kind in sorted(trials)))
    for title, count in printed.items():
        if count > 1:
            print(f"{count} times: {title}")
    return labels


def _outcomes(judge: Callable[[str, int], Outcome], order: Search) -> Iterator[Outcome]:
    """Yield the outcomes of round after round; rows that take long are in the first and in every tenth."""
    with processes(order.jobs) if order.jobs > 1 else nullcontext() as pool:
        for seed in itertools.count(order.seed):
            with_long = (seed - order.seed) % EVERY == 0
            names = [row.name for row in order.rows if with_long or not isinstance(row, LONG)]
            random.Random(seed).shuffle(names)
            checks = 0
            judge_one = functools.partial(_at, judge, seed)
            for outcome in map(judge_one, names) if pool is None else pool.map(judge_one, names):
                checks += outcome.checks
                yield outcome
            if names and not checks:
                raise NothingCheckedError(f"Expected the rows to compare something; got nothing at seed {seed}.")


def _at(judge: Callable[[str, int], Outcome], seed: int, name: str) -> Outcome:
    return judge(name, seed)


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.items())
