"""Every classical model beside PyTorch and scikit-learn: worst ratios by case, and differences of weights and labels.

A case is named by its data or its options; cases without a data set are of random numbers. A ratio above K is refused.
"""

import argparse
from collections.abc import Iterator

from gradtwin.report import Report
from gradtwin.rows import Case, Model
from gradtwin.verify import Trial
from parity_tests.lectures import test_scikit_learn as regressions
from parity_tests.lectures import test_scikit_learn_classifiers as classifiers
from parity_tests.pairs import PAIRS

DTYPES = ("float64", "float32")


def main() -> None:
    """Print both tables."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"{'model':46} {'case':24} {'float64':>8} {'float32':>8} {'labels':>7} {'close':>6}")
    for row in (r for r in PAIRS if isinstance(r, Model)):
        for case in row.cases:
            print(_line(row, case), flush=True)
    print(f"\n{'beside scikit-learn':46} {'data':24} {'weights':>9} {'labels that differ':>19}")
    for model, data, weights, labels in _beside_scikit_learn():
        print(f"{model:46} {data:24} {weights:9.2g} {labels:>19}")


def _line(row: Model, case: Case) -> str:
    report = Report.joined("", [Trial(row, case, case.families[0], dtype).run() for dtype in DTYPES])
    worst = " ".join(f"{report.tally.worst[dtype]:8.2f}" for dtype in DTYPES) if report.ok else report.verdict
    labels = f"{report.tally.points:7} {report.tally.close:6}" if row.margin else ""
    return f"{row.name:46} {case.name:24} {worst} {labels}".rstrip()


def _beside_scikit_learn() -> Iterator[tuple[str, str, float, str]]:
    """Yield model, data, the largest difference of a weight, and how many labels differ."""
    for found in regressions.differences():
        yield found.model, found.data, found.difference, "-"
    for model, data, weights, differ, labels in classifiers.differences():
        yield f"linear_models.{model}", data, weights, f"{differ} of {labels}"


if __name__ == "__main__":
    main()
