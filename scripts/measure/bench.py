"""The cost of one full check beside that of `torch.autograd.gradcheck` on the same function, as ratios.

A full check compares values and all gradients under four cotangents in float64, with shadow runs and controls;
gradcheck compares the backward of torch alone with central differences, slow for every element or fast along one
random direction. Each figure is the median of several runs, taken in turn.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from gradtwin import check
from reference.activations import gelu as twin
from scratch.activations import gelu

SIZES = (16, 256, 1024, 16384)
SLOW_LIMIT = 1024


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def measure(size: int, repeats: int, *, slow: bool) -> tuple[float, float, float]:
    """Return the median seconds of a check, a slow and a fast gradcheck (NaN where slow is left out)."""
    x = np.random.default_rng(size).standard_normal(size)
    tensor = torch.from_numpy(x).requires_grad_()

    def full() -> None:
        report = check(gelu.forward, gelu.backward, twin=twin.forward, inputs=[x], dtypes=("float64",))
        assert report.ok, str(report)

    def gradcheck(fast: bool) -> None:
        assert torch.autograd.gradcheck(twin.forward, tensor, fast_mode=fast)

    full()
    gradcheck(True)
    times = [
        (
            _seconds(full),
            _seconds(lambda: gradcheck(False)) if slow else float("nan"),
            _seconds(lambda: gradcheck(True)),
        )
        for _ in range(repeats)
    ]
    ours, slowly, fast = (statistics.median(column) for column in zip(*times, strict=True))
    return ours, slowly, fast


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="runs of each (default 5)")
    parser.add_argument("--slow-limit", type=int, default=SLOW_LIMIT, help="largest size for slow gradcheck")
    arguments = parser.parse_args()
    print(" elements  check ms    slow ms   fast ms  check/slow  check/fast  growth")
    before = None
    for size in SIZES:
        slow = size <= arguments.slow_limit
        ours, slowly, fast = measure(size, arguments.repeats if slow or size < 2000 else 3, slow=slow)
        growth = "" if before is None else f"{ours / before:7.2f}"
        print(
            f"{size:9d} {1e3 * ours:9.1f} {1e3 * slowly:10.1f} {1e3 * fast:9.1f} "
            f"{ours / slowly:11.3g} {ours / fast:11.3g} {growth:>7}",
            flush=True,
        )
        before = ours


if __name__ == "__main__":
    main()
