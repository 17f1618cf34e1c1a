"""Published kernels and Functions with a backward, judged as they are: forms recognised, verdicts, planted mistakes.

What is not installed is counted and shown. Two mistakes are planted in what matched, and have to be refused: the first
gradient times 1.25, and the last one without its largest element. Packages are installed beside
PyTorch by: pip install --no-deps, with what their import asks for, lest they bring another PyTorch.
"""

import argparse
import functools
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

os.environ.setdefault("TRITON_INTERPRET", "1")  # read when Triton is imported

import torch

import gradtwin
from gradtwin.core.call import attempt
from gradtwin.core.errors import GradtwinError
from scripts.measure.published import jax_functions, torch_code, triton_kernels
from scripts.measure.published.entry import Entry, version_of

CATALOGUES = {"torch": torch_code, "triton": triton_kernels, "jax": jax_functions}


def _too_large(grad: torch.Tensor) -> torch.Tensor:
    return 1.25 * grad


def _one_not_written(grad: torch.Tensor) -> torch.Tensor:
    """Return the gradient without its largest element: another may be 0 already."""
    return grad.masked_fill(grad.abs() == grad.abs().max(), 0.0)


class _Planted(torch.autograd.Function):
    """An input as it is, whose gradient passes a mistake."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, mistake: Any) -> torch.Tensor:
        ctx.mistake = mistake
        return x.view_as(x)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return ctx.mistake(grads[0]), None


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


def _judged(entry: Entry, full: bool) -> Iterator[str]:
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
            verdict, words, report = _checked(entry, entry.suspect(), dtype)
            seconds = time.perf_counter() - begin
            judges_gradients = verdict == "match" and "gradients of" in str(report).splitlines()[0]
            plants = _planted(entry, dtype) if judges_gradients else ""
            print(report if full else "", end="\n" if full else "")
            begin = time.perf_counter() - seconds
        took = time.perf_counter() - begin
        name = f"{entry.name}, {entry.sizes}"
        print(
            f"{f'{entry.package} {version}':42} {name:36} {dtype:9} {verdict:12} {took:5.1f}  {plants:7} {words}",
            flush=True,
        )
        yield verdict


def _checked(entry: Entry, suspect: Any, dtype: str) -> tuple[str, str, Any]:
    """Return the verdict, the finding or the error beside the twin's own, and the report."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            report = gradtwin.check(
                suspect, twin=entry.twin, inputs=entry.drawn(dtype), options=entry.options, **entry.arguments
            )
        except GradtwinError as error:
            return "refused", str(error)[:200], error
    finding = "" if report.ok else f"{report.findings[0].quantity}: {report.findings[0].message}"[:200]
    lines = [
        line.partition(dtype)[2].strip(", ") for line in str(report).splitlines() if line.strip().startswith("error")
    ]
    return report.verdict, "; ".join(filter(None, [finding, *lines])), report


def _planted(entry: Entry, dtype: str) -> str:
    """Return how many mistakes were planted in the gradients, and how many of them were refused."""
    names = entry.arguments.get("differentiable")
    places = [i for i, x in enumerate(entry.drawn(dtype)) if isinstance(x, torch.Tensor) and x.is_floating_point()]
    places = places[: len(places) if names is None else len(_listed(names))]
    mistakes = ((places[0], _too_large), (places[-1], _one_not_written)) if places else ()
    verdicts = [_checked(entry, _with_mistake(entry.suspect(), at, m), dtype)[0] for at, m in mistakes]
    return f"{sum(v not in ('match', 'crash', 'refused') for v in verdicts)}/{len(verdicts)}"


def _listed(names: str | Sequence[str]) -> Sequence[str]:
    return (names,) if isinstance(names, str) else names


def _with_mistake(suspect: Any, place: int, mistake: Any) -> Any:
    is_class = isinstance(suspect, type) and issubclass(suspect, torch.autograd.Function)
    function = suspect.apply if is_class else suspect

    @functools.wraps(function)  # whose names the arguments of a check go by
    def planted(*inputs: Any, **options: Any) -> Any:
        values = list(inputs)
        values[place] = _Planted.apply(values[place], mistake)  # type: ignore[no-untyped-call]
        return function(*values, **options)

    return planted


if __name__ == "__main__":
    main()
