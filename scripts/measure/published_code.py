"""Published code, judged as it is: forms recognised, verdicts, planted mistakes.

What is not installed is counted and shown. Two mistakes are planted in what matched, and have to be refused: gradients,
or what was learned, times 1.25 and without the largest element; options of an optimizer times 0.95; rates times 1.25,
and one of them alone. Packages are installed beside PyTorch by: pip install --no-deps, with what their import asks
for, lest they bring another PyTorch.
"""

import argparse
import os
import time
import warnings
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TRITON_INTERPRET", "1")  # read when Triton is imported

from gradtwin.core.call import attempt
from gradtwin.core.errors import GradtwinError
from scripts.measure.published import (
    estimators,
    jax_functions,
    numpy_layers,
    optimizers,
    schedules,
    torch_code,
    triton_kernels,
)
from scripts.measure.published.entry import Published, version_of

CATALOGUES: dict[str, Any] = {
    "torch": torch_code,
    "triton": triton_kernels,
    "jax": jax_functions,
    "numpy": numpy_layers,
    "optimizers": optimizers,
    "schedules": schedules,
    "estimators": estimators,
}


def main() -> None:
    """Print a line a check, and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="parts of the names of packages or objects; all if none")
    parser.add_argument("--catalogue", choices=CATALOGUES, action="append", help="kinds of package; all if none")
    parser.add_argument("--full", action="store_true", help="print whole reports")
    options = parser.parse_args()
    entries = [e for name in options.catalogue or CATALOGUES for e in CATALOGUES[name].ENTRIES]
    chosen = [e for e in entries if not options.words or any(w in f"{e.package} {e.place}" for w in options.words)]
    print(f"{'package':42} {'object':36} {'dtype':9} {'verdict':12} {'s':>5}  {'plants':7} error beside eager")
    verdicts = [verdict for e in chosen for verdict in _judged(e, options.full)]
    missing = sorted({e.package for e in chosen if version_of(e.package) is None})
    sums = ", ".join(f"{verdicts.count(v)} {v}" for v in sorted(set(verdicts)))
    print(f"\n{len(chosen)} objects of {len({e.package for e in chosen})} packages, {len(verdicts)} checks: {sums}")
    if missing:
        print(f"not installed: {', '.join(missing)}; pip install --no-deps {' '.join(missing)}")


def _judged(entry: Published, full: bool) -> Iterator[str]:
    """Print a line for each type of the inputs; yield the verdicts."""
    version = version_of(entry.package)
    loading = None if version is None else attempt("import", entry.suspect)
    for dtype in entry.dtypes:
        begin, plants, words = time.perf_counter(), "", ""
        if loading is None:
            verdict = "missing"
        elif loading.findings:
            verdict, words = "no import", loading.findings[0].message
        else:
            suspect = entry.suspect()
            verdict, words, report = _checked(entry, suspect, dtype)
            seconds = time.perf_counter() - begin
            # Where values alone were judged, gradients are not.
            plants = _planted(entry, suspect, dtype) if verdict == "match" and "values only" not in str(report) else ""
            print(report if full else "", end="\n" if full else "")
            begin = time.perf_counter() - seconds
        took = time.perf_counter() - begin
        name = f"{entry.name}, {entry.sizes}"
        print(
            f"{f'{entry.package} {version}':42} {name:36} {dtype:9} {verdict:12} {took:5.1f}  {plants:7} {words}",
            flush=True,
        )
        yield verdict


def _checked(entry: Published, suspect: Any, dtype: str) -> tuple[str, str, Any]:
    """Return the verdict, the finding, the error beside the twin's own and how it was read, and the report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            report = entry.judged(suspect, dtype)
        except GradtwinError as error:
            return "refused", str(error)[:200], error
    finding = "" if not report.findings else f"{report.findings[0].quantity}: {report.findings[0].message}"[:200]
    lines = [
        line.partition(dtype)[2].strip(", ") for line in str(report).splitlines() if line.strip().startswith("error")
    ]
    reading = f"read as {report.form}" if report.form else ""
    return report.verdict, "; ".join(filter(None, [finding, *lines, reading])), report


def _planted(entry: Published, suspect: Any, dtype: str) -> str:
    """Return how many mistakes were planted, and how many of them were refused."""
    verdicts = [_checked(entry, spoiled, dtype)[0] for spoiled in entry.spoiled(suspect, dtype)]
    return f"{sum(v not in ('match', 'crash', 'refused') for v in verdicts)}/{len(verdicts)}"


if __name__ == "__main__":
    main()
