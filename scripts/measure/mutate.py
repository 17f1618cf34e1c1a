"""Slightly wrong formulas, made from the right ones, and whether the rows refuse them.

Every operation of `scratch/` is changed in one place at a time: a plus becomes a minus, a product a quotient, a sign is
lost, a number or a default grows, a comparison takes in its edge or leaves it out or points the other way, a result
gets the opposite sign or a factor of 1.001. Each changed module is judged by the trials of its own row until one
refuses it or sees a warning. What survives all of them computes the same, which has to have a reason in `EQUIVALENT`,
or the row is too weak.
"""

import argparse
import importlib
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from gradtwin.core.conditions import Conditions
from gradtwin.core.errors import GradtwinError, NothingCheckedError, one_of
from gradtwin.project.trials import Trial
from gradtwin.rows import Model, Op
from parity_tests.rows import PAIRS
from scripts.measure.mutants import ALSO, Mutant, mutants

__all__ = ["main", "refusing"]


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """Put the changed module in the place of the right one, and import anew what may use it."""
    right = {n: m for n, m in sys.modules.items() if n.split(".")[0] == "scratch"}
    for name in right:
        del sys.modules[name]
    package, _, _ = mutant.module.rpartition(".")
    importlib.import_module(package)
    module = ModuleType(mutant.module)
    sys.modules[mutant.module] = module
    try:
        exec(compile(mutant.changed(), "mutant", "exec"), module.__dict__)
        yield
    finally:
        for name in [n for n in sys.modules if n.split(".")[0] == "scratch"]:
            del sys.modules[name]
        sys.modules.update(right)


def refusing(row: Op | Model, mutant: Mutant) -> Trial | None:
    """Return the first trial that refuses the changed module, or None where it passes all of them."""
    judges = (row, *(r for r in PAIRS if r.name in ALSO.get(mutant.module, ())))
    trials = [trial for judge in judges for trial in judge.trials(Conditions())]
    random.Random(0).shuffle(trials)
    with planted(mutant):
        return next((trial for trial in trials if _refuses(trial)), None)


def _refuses(trial: Trial) -> bool:
    report = trial.run()
    # Not `report.ok`: where a trial alone proves nothing, it refuses nothing either.
    return bool(report.findings) or any(" warns: " in note for note in report.notes)


def main(argv: Sequence[str] | None = None) -> int:
    """Print, for every operation, how many changes were tried and which of them passed; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, epilog="Exit codes are those of gradtwin.")
    parser.add_argument(
        "name", nargs="*", help="rows, or beginnings of their names; all operations and models if not given"
    )
    try:
        return _measure(_selected(parser.parse_args(argv).name))
    except GradtwinError as error:
        print(f"mutate: {error}", file=sys.stderr)
        return error.exit_code


def _selected(names: Sequence[str]) -> list[Op | Model]:
    """Return the rows of these names; each must select an operation to change."""
    for name in names:
        rows = [row for row in PAIRS if row.name.startswith(name)]
        if not rows:
            one_of("NAME", name, [row.name for row in PAIRS])
        if not any(isinstance(row, (Model, Op)) and mutants(row) for row in rows):
            kinds = ", ".join(sorted({type(row).__name__.lower() for row in rows}))
            raise NothingCheckedError(f"Expected {name} to have an operation to change; got rows of kind {kinds}.")
    return [row for row in PAIRS if isinstance(row, (Model, Op)) and (not names or row.name.startswith(tuple(names)))]


def _measure(rows: Sequence[Op | Model]) -> int:
    count = caught_count = 0
    survivors: list[Mutant] = []
    print(f"{'operation':50} {'tried':>6} {'caught':>7} {'same':>5} {'passed':>7}")
    for row in rows:
        changes = mutants(row)
        matches = [m for m in changes if refusing(row, m) is None]
        unexplained = [m for m in matches if m.excuse is None]
        caught, equal = len(changes) - len(matches), len(matches) - len(unexplained)
        print(f"{row.name:50} {len(changes):6} {caught:7} {equal:5} {len(unexplained):7}", flush=True)
        count, caught_count, survivors = count + len(changes), caught_count + caught, survivors + unexplained
    equal = count - caught_count - len(survivors)
    print(f"{count} changes, {caught_count} caught, {equal} compute the same, {len(survivors)} passed")
    for m in survivors:
        print(f"passed: {m.name}")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
