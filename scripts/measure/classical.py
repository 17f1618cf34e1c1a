"""Every classical model beside PyTorch and scikit-learn: the worst ratio by data set, and differences of weights.

A ratio is the worst over the cases of the model on that data, their precisions, and all that is fitted and predicted;
above 1 it is refused. Labels are those predicted, and of them those too close to call.
"""

import argparse
from collections.abc import Iterator

from gradtwin.core.conditions import Conditions
from gradtwin.core.report import Report
from gradtwin.rows import Case, Model
from parity_tests.lectures import test_reductions as reductions
from parity_tests.lectures import test_scikit_learn as regressions
from parity_tests.lectures import test_scikit_learn_classifiers as classifiers
from parity_tests.rows import PAIRS

DTYPES = ("float64", "float32")
SETS = ("iris", "diabetes", "digits", "reviews", "tumours")
"""Data sets, as the names of the cases begin."""


def main() -> None:
    """Print both tables."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"{'model':46} {'data':20} {'cases':>5} {'float64':>8} {'float32':>8} {'labels':>7} {'close':>6}")
    for row in (r for r in PAIRS if isinstance(r, Model)):
        for name in ("random numbers", *SETS):
            cases = [case for case in row.cases if _data_of(case) == name]
            if cases:
                print(_line(row, name, cases), flush=True)
    print(f"\n{'beside scikit-learn, float64':46} {'data':20} {'weights':>9} {'labels that differ':>19}")
    for model, data, weights, labels in _beside_scikit_learn():
        print(f"{model:46} {data:20} {weights:9.2g} {labels:>19}")


def _data_of(case: Case) -> str:
    return next((name for name in SETS if case.name.startswith(name)), "random numbers")


def _line(row: Model, name: str, cases: list[Case]) -> str:
    trials = [(trial, case) for trial in row.trials(Conditions(DTYPES)) for case in cases if trial.case is case]
    report = Report.joined("", [trial.run() for trial, case in trials if trial.family == case.families[0]])
    worst = " ".join(f"{report.tally.worst[dtype]:8.2f}" for dtype in DTYPES) if report.ok else report.verdict
    labels = f"{report.tally.points:7} {report.tally.close:6}" if row.margin else ""
    return f"{row.name:46} {name:20} {len(cases):5} {worst} {labels}".rstrip()


def _beside_scikit_learn() -> Iterator[tuple[str, str, float, str]]:
    """Yield model, data, the largest difference of a weight, and how many labels differ."""
    for regression in regressions.differences():
        yield regression.model, regression.data, regression.difference, "-"
    for model, data, weights, differ, labels in classifiers.differences():
        yield f"linear_models.{model}", data, weights, f"{differ} of {labels}"
    for model, data, weights, differ, labels in reductions.differences():
        yield model, data, weights, f"{differ} of {labels}"


if __name__ == "__main__":
    main()
