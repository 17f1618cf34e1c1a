"""Which formats of numbers each form of code was judged in, and where: right code, counted by what the oracle says.

The forms are those of `docs/forms`, with their numbers in another format, and some operations of tensors. A cell counts
trials: so many matches, or what else came. A dash is a refusal before anything is judged, since the code, or its twin,
does not compute in that format; an empty cell is one that nobody asks, as complex numbers of a gradient for real ones.
Exit code 1 where right code was accused, but for what it raises.
"""

import argparse
import importlib
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import torch

import gradtwin
from docs import forms

__all__ = ["main"]

REAL = ("float64", "float32", "float16", "bfloat16")
COMPLEX = ("complex128", "complex64")
STORED = ("float8_e4m3fn", "float8_e5m2")
OF_COMPLEX = frozenset(
    """compiled complex_numbers function_of_tensors isolated kernel_of_numba product_of_matrices scripted sigmoid
    sum_of_prefixes""".split()
)
"""What computes with complex numbers, and has their gradient."""
OF_NO_REAL = frozenset({"complex_numbers"})
NUMBERS = ("X", "Y", "QUERIES", "A", "B")
"""What the examples call their inputs."""
X = torch.linspace(-2, 3, 24, dtype=torch.float64).reshape(4, 6).sin()
ACCUSATIONS = frozenset({"structure", "impure", "mismatch", "disputed", "unstable", "imprecise"})
NOT_TAKEN = "not taken"


def softmax(x: torch.Tensor) -> torch.Tensor:
    """Return a softmax by its definition."""
    e = torch.exp(x - x.amax(-1, keepdim=True))
    return e / e.sum(-1, keepdim=True)


def layer_norm(x: torch.Tensor) -> torch.Tensor:
    """Return rows with mean 0 and variance 1."""
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-5).sqrt()


def product(x: torch.Tensor) -> torch.Tensor:
    """Return the product of a matrix with its transpose."""
    return (x[:, None] * x[None]).sum(-1)


OPERATIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "softmax": (softmax, lambda x: torch.softmax(x, -1)),
    "layer_norm": (layer_norm, lambda x: torch.nn.functional.layer_norm(x, x.shape[-1:])),
    "product_of_matrices": (product, lambda x: x @ x.T),
    "sigmoid": (lambda x: 1 / (1 + torch.exp(-x)), torch.sigmoid),
    "sum_of_prefixes": (
        lambda x: torch.stack([x[:, : i + 1].sum(-1) for i in range(x.shape[1])], -1),
        lambda x: x.cumsum(-1),
    ),
}
STORES: dict[str, Callable[[torch.dtype], tuple[Callable[..., Any], Callable[..., Any], bool]]] = {
    "read_back_as_float32": lambda dtype: (
        lambda x: x.to(torch.float32) * 0.25,
        lambda x: torch.div(x.to(torch.float32), 4),
        True,
    ),
    "stored_from_float32": lambda dtype: (lambda x: (x * 0.25).to(dtype), lambda x: torch.div(x, 4).to(dtype), False),
}
"""By operation, for a format: the code, its twin, and whether its input is in that format."""
Judge = Callable[[str, str, int], gradtwin.Report]


def changed(x: Any, number: int) -> Any:
    """Return numbers of a trial: those of the example, and then the same ones smaller and in another order."""
    tensor = torch.as_tensor(x)
    order = torch.randperm(tensor.numel(), generator=torch.Generator().manual_seed(number))
    other = tensor if number == 0 else tensor.flatten()[order].reshape(tensor.shape) * (1 - number / 8)
    return other if isinstance(x, torch.Tensor) else other.numpy()


def in_format(x: Any, name: str, device: str) -> Any:
    """Return an array or a tensor in a format; a tensor on a device."""
    tensor = torch.as_tensor(x)
    dtype = getattr(torch, name)
    # Complex numbers of real ones have an imaginary part as well.
    tensor = tensor * (1 + 0.5j) if dtype.is_complex and not tensor.is_complex() else tensor
    tensor = tensor.real if tensor.is_complex() and not dtype.is_complex else tensor
    if isinstance(x, torch.Tensor):
        return tensor.to(dtype).to(device)
    if name in ("bfloat16", *STORED):  # which NumPy knows by a package that comes with JAX
        return tensor.float().numpy().astype(getattr(importlib.import_module("ml_dtypes"), name))
    return tensor.to(dtype).contiguous().numpy()


def of_example(example: ModuleType, numbers: dict[str, Any], name: str, device: str) -> gradtwin.Report:
    """Return the report on the right code of an example, with its numbers in a format."""
    for attribute, x in numbers.items():
        setattr(example, attribute, in_format(x, name, device))
    report: gradtwin.Report = example.right()
    return report


def computed() -> Iterator[tuple[str, Judge]]:
    """Yield what computes in a format: its name, and what judges it in one, on a device, on the numbers of a trial."""
    for path in sorted(Path(forms.__file__).parent.glob("[a-z]*.py")):
        example = importlib.import_module(f"docs.forms.{path.stem}")
        numbers = {n: getattr(example, n) for n in NUMBERS if hasattr(example, n)}

        def judge(name: str, device: str, number: int, example: Any = example, numbers: Any = numbers) -> Any:
            return of_example(example, {n: changed(x, number) for n, x in numbers.items()}, name, device)

        yield path.stem, judge
    for operation, (suspect, twin) in OPERATIONS.items():

        def check(name: str, device: str, number: int, suspect: Any = suspect, twin: Any = twin) -> gradtwin.Report:
            return gradtwin.check(suspect, twin=twin, inputs=[in_format(changed(X, number), name, device)])

        yield operation, check


def stored() -> Iterator[tuple[str, Judge]]:
    """Yield what reads or stores numbers of a format in which nothing is computed, and what judges it."""
    for operation, make in STORES.items():

        def check(name: str, device: str, number: int, make: Any = make) -> gradtwin.Report:
            suspect, twin, is_read = make(getattr(torch, name))
            x = in_format(changed(X, number), name if is_read else "float32", device)
            return gradtwin.check(suspect, twin=twin, inputs=[x])

        yield operation, check


def said(judge: Judge, name: str, device: str, number: int) -> str:
    """Return the verdict, or that nothing was judged; what is no match is told on stderr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            report = judge(name, device, number)
        except Exception as error:  # what an example does with numbers of another format is its own affair
            print(f"not taken: {type(error).__name__}: {str(error).splitlines()[0]}", file=sys.stderr)
            return NOT_TAKEN
    if not report.ok:
        print(report, file=sys.stderr)
    return report.verdict


def cell(verdicts: Counter[str]) -> str:
    """Return what came, with how often."""
    if set(verdicts) == {NOT_TAKEN}:
        return "-"
    return ", ".join(f"{verdict} {count}" for verdict, count in verdicts.most_common())


def table(rows: Iterator[tuple[str, Judge]], formats: Sequence[str], device: str, trials: int) -> Counter[str]:
    """Print what came, a line a row; return the sums."""
    total: Counter[str] = Counter()
    print(f"{'on ' + device:<26}" + "".join(f"{name:<15}" for name in formats).rstrip())
    for row, judge in rows:
        cells = []
        for name in formats:
            print(f"{row} in {name} on {device}", file=sys.stderr)
            is_asked = row in OF_COMPLEX if name in COMPLEX else row not in OF_NO_REAL
            verdicts = Counter(said(judge, name, device, number) for number in range(trials if is_asked else 0))
            total += verdicts
            cells.append(cell(verdicts))
        print(f"{row:<26}" + "".join(f"{words:<15}" for words in cells).rstrip(), flush=True)
    print()
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables of each device; return the exit code."""
    parser = argparse.ArgumentParser(prog="formats", description=__doc__)
    parser.add_argument("--trials", type=int, default=3, help="sets of numbers in every cell")
    trials = parser.parse_args(arguments).trials
    devices = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])]
    total: Counter[str] = Counter()
    for device in devices:
        total += table(computed(), (*REAL, *COMPLEX), device, trials)
        total += table(stored(), STORED, device, trials)
    if devices == ["cpu"]:
        print("on cuda: there is no GPU on this machine, and none has run any of this")
    print("in all: " + ", ".join(f"{verdict} {count}" for verdict, count in total.most_common()))
    return 1 if set(total) & ACCUSATIONS else 0


if __name__ == "__main__":
    sys.exit(main())
