"""Right code changed in one place, judged by a single trial on random numbers: how often does it pass?

Every round plants one change of `scripts/mutate` in each function and model, both drawn with the seed of the round,
and judges it by one trial of the row, drawn as `scripts/false-alarms` does. Changes that are known to be the same
function (`EQUIVALENT`) are left out. One that passes is run again beside the right code: where all that both return is
the same to the last bit, the trial does not come to the change. Any other match is printed, with how far the two are
apart. A check is an array compared. Exit code 1 where there was one.
"""

import functools
import importlib
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradtwin.core.conditions import seed_from
from gradtwin.core.errors import GradtwinError
from gradtwin.project.pairs import select
from gradtwin.project.trials import Trial
from gradtwin.rows import Case, Model, Op
from parity_tests.rows import PAIRS
from scripts.measure.mutants import ALSO, ENTRIES, Mutant, mutants
from scripts.measure.mutate import planted
from scripts.measure.rounds import Outcome, Search, draw_trial, quietly, search

__all__ = ["main"]

Calls = dict[tuple[str | bytes, ...], list[NDArray[Any]]]
"""What was returned, by the function and what it was called with."""
REFUSED, VOID, UNTOUCHED, PASSED = "refused", "inconclusive", "not come to by the trial", "passed"


def judge(name: str, seed: int) -> Outcome:
    """Return what comes of the change, and of the trial, of a row that belong to a seed."""
    rng = random.Random(seed_from(f"change of {name}", seed))
    changes = _changes(name)
    if not changes:
        return Outcome("without a formula to change", "", 0)
    mutant = rng.choice(changes)
    trial = draw_trial(rng.choice(_judges(name, mutant)), seed)
    try:
        with planted(mutant):
            report = quietly(trial)
    except GradtwinError:  # the twin does not take what the changed side takes
        return Outcome(REFUSED, trial.row.kind, 0)
    label = REFUSED
    text = ""
    if report.verdict == "inconclusive":
        label = VOID
    elif report.ok and not any(" warns: " in note for note in report.notes):
        apart = _apart(trial, mutant)
        label = PASSED if apart else UNTOUCHED
        text = f"{mutant.name}\n  {trial.id}: {apart}\n  repeat: scripts/false-matches {name} --seed {seed} --checks 1"
    return Outcome(label, trial.row.kind, report.tally.checks, mutant.name, text if label == PASSED else "")


@functools.cache
def _changes(name: str) -> list[Mutant]:
    """Return the changes of a row's code that are not known to compute the same."""
    (row,) = select(PAIRS, (name,))
    assert isinstance(row, (Op, Model))
    return [mutant for mutant in mutants(row) if mutant.excuse is None]


def _judges(name: str, mutant: Mutant) -> list[Op | Model]:
    """Return the rows that judge a change."""
    names = (name, *ALSO.get(mutant.module, ()))
    return [row for row in PAIRS if row.name in names and isinstance(row, (Op, Model))]


def _apart(trial: Trial, mutant: Mutant) -> str:
    """Return how far apart the changed code and the right one are on the calls of a trial; nothing where they agree."""
    with _recorded(trial) as right:
        quietly(trial)
    with planted(mutant), _recorded(trial) as altered:
        quietly(trial)
    if not right:
        return "no call was made on its own inputs"
    pairs = [pair for call in right.keys() & altered.keys() for pair in zip(right[call], altered[call], strict=False)]
    apart = [_distance(*pair) for pair in pairs if not _same(*pair)]
    return f"{len(apart)} of {len(pairs)} arrays differ, by {max(apart):.2g} of the largest element" if apart else ""


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == b.dtype.kind == "f")


def _distance(right: NDArray[Any], altered: NDArray[Any]) -> float:
    """Return the largest difference of two arrays beside their largest element; infinite if they are unlike."""
    if "O" in (right.dtype.kind, altered.dtype.kind) or right.shape != altered.shape:
        return float("inf")
    right, altered = right.astype("float64"), altered.astype("float64")
    with np.errstate(all="ignore"):
        return float(np.max(np.abs(right - altered)) / np.max(np.abs(right)))


@contextmanager
def _recorded(trial: Trial) -> Iterator[Calls]:
    """Keep a copy of the arrays that the row's functions return for the trial's own inputs; a model's are all kept."""
    case = trial.case
    assert isinstance(case, Case)
    module = importlib.import_module(trial.row.suspect)
    entries = {name: vars(module)[name] for name in ENTRIES[type(trial.row)] if name in vars(module)}
    calls: Calls = {}
    inputs = _inputs(trial)

    def keeping(function: Any) -> Any:
        @functools.wraps(function)
        def call(*arguments: Any, **options: Any) -> Any:
            by_name = (value for name, value in options.items() if name not in case.options)
            data = [x.tobytes() for x in _arrays((*arguments, *by_name))]
            result = function(*arguments, **options)
            if data[len(data) - len(inputs) :] == inputs:  # a backward has its cotangents before
                calls.setdefault((function.__name__, *data), [x.copy() for x in _arrays(result)])
            return result

        return call

    vars(module).update({name: keeping(function) for name, function in entries.items()})
    try:
        yield calls
    finally:
        vars(module).update(entries)


def _inputs(trial: Trial) -> list[bytes]:
    """Return the inputs of a function; of a model none, since what it predicts from is what it has fitted."""
    if not isinstance(trial.row, Op):
        return []
    assert isinstance(trial.case, Case)
    return [x.tobytes() for x in _arrays(trial.row.subject(trial, trial.case).inputs.arrays)]


def _arrays(values: Any) -> Iterator[NDArray[Any]]:
    """Yield the arrays and numbers of tuples and lists."""
    if isinstance(values, (tuple, list)):
        for value in values:
            yield from _arrays(value)
    elif isinstance(values, (np.ndarray, np.generic, float, int)):
        yield np.asarray(values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what came of so many checks; return the exit code."""
    try:
        return 1 if search(judge, Search.from_arguments(__doc__, arguments, tuple(ENTRIES)))[PASSED] else 0
    except GradtwinError as error:
        print(f"false-matches: {error}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
