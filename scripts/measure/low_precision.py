"""Code in float16 and bfloat16 beside torch's own functions: is right code accused, is wrong code seen?

First right kernels, written in several ways, at several lengths and seeds: each accusation is printed. Then kernels
with one slip each, over an axis of 4,096 terms: a table of what the oracle says. Exit code 1 where right code was
accused.
"""

import argparse
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence

import torch

import gradtwin
from scripts.measure.kernels import KERNELS, Function, Kernel

__all__ = ["main"]

LENGTHS = (1, 3, 7, 64, 257, 1024, 4096)
DTYPES = (torch.bfloat16, torch.float16)


def judge(kernel: Kernel, suspect: Function, length: int, dtype: torch.dtype, seed: int) -> gradtwin.Report:
    """Return the report on code beside its twin, on normal numbers."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator).to(dtype)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gradtwin.check(suspect, twin=kernel.twin, inputs=kernel.inputs(draw, length), seed=seed)


def accusations(names: Sequence[str], lengths: Sequence[int], seeds: int) -> Counter[str]:
    """Print every accusation of right code; return how often each verdict came."""
    verdicts: Counter[str] = Counter()
    for name, way, length, dtype, seed in _trials(names, lengths, seeds):
        report = judge(KERNELS[name], KERNELS[name].right[way], length, dtype, seed)
        verdicts[report.verdict] += 1
        verdicts["arrays"] += report.tally.checks
        if report.verdict not in ("match", "inconclusive"):
            print(f"accused: {name} {way}, length {length}, {dtype}, seed {seed}\n{report}\n")
    return verdicts


def _trials(
    names: Sequence[str], lengths: Sequence[int], seeds: int
) -> Iterator[tuple[str, str, int, torch.dtype, int]]:
    for name in names:
        for way in KERNELS[name].right:
            for length in lengths:
                for dtype in DTYPES:
                    yield from ((name, way, length, dtype, seed) for seed in range(seeds))


def table(names: Sequence[str], length: int) -> None:
    """Print what the oracle says of each slip."""
    types = [str(dtype).removeprefix("torch.") for dtype in DTYPES]
    print(f"{'a slip over ' + str(length) + ' terms':<40}" + "".join(f"{t:<16}" for t in types))
    for name in names:
        for slip, suspect in KERNELS[name].wrong.items():
            verdicts = [judge(KERNELS[name], suspect, length, dtype, 0).verdict for dtype in DTYPES]
            print(f"{name + ', ' + slip:<40}" + "".join(f"{v:<16}" for v in verdicts), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both; return the exit code."""
    parser = argparse.ArgumentParser(prog="low-precision", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="kernels, all if none is named")
    parser.add_argument("--seeds", type=int, default=3, help="sets of inputs at every length")
    parser.add_argument("--longest", type=int, default=LENGTHS[-1], help="the longest axis")
    options = parser.parse_args(arguments)
    names = [name for name in KERNELS if not options.names or name in options.names]
    verdicts = accusations(names, [n for n in LENGTHS if n <= options.longest], options.seeds)
    arrays = verdicts.pop("arrays", 0)
    trials = sum(verdicts.values())
    print(
        f"right code: {trials} trials, {arrays} arrays compared; " + ", ".join(f"{v} {n}" for v, n in verdicts.items())
    )
    table(names, options.longest)
    return 0 if set(verdicts) <= {"match", "inconclusive"} else 1


if __name__ == "__main__":
    sys.exit(main())
