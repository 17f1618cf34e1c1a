"""What a check costs, as ratios to things that are known: gradcheck, the size of the input, a plain training run.

Figures are CPU seconds of this process on one thread, medians of several runs taken in turn, so that a busy machine
slows both sides of a ratio alike. `--only` picks parts.

checks    a full check in float64 (values and all gradients under four cotangents, shadow runs, controls, verdict) at
          1,024 elements, beside slow and fast `torch.autograd.gradcheck`, which compares the backward of torch alone
growth    a full check in float32 as the arrays grow, elementwise, of a matrix product and of a softmax
training  300 steps of Adam on the teaching network, checked in lockstep and running free, beside the plain two runs
rows      the declared rows whose twins can take all their shadow runs in one pass
"""

import argparse
import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.autograd import gradcheck

from gradtwin import check, check_training
from gradtwin.core.conditions import Conditions
from gradtwin.project.trials import Trial
from gradtwin.rows import Case, Op
from parity_tests.rows import PAIRS
from reference.activations import gelu as gelu_twin
from reference.activations import softmax as softmax_twin
from reference.layers import conv2d as conv2d_twin
from reference.layers import layer_norm as layer_norm_twin
from reference.losses import cross_entropy as cross_entropy_twin
from reference.models import mlp as mlp_twin
from reference.optimizers import adam as adam_twin
from scratch.activations import gelu, softmax
from scratch.layers import conv2d, layer_norm
from scratch.losses import cross_entropy
from scratch.models import mlp
from scratch.optimizers import adam

PARTS = ("checks", "growth", "training", "rows")
REPEATS = 7
STEPS = 300


class Function(NamedTuple):
    """A function under test, its twin, and what both are called with."""

    suspect: Any
    twin: Callable[..., Any]
    inputs: Mapping[str, Any]
    options: Mapping[str, Any]


def functions() -> dict[str, Function]:
    """Return functions of 1,024 elements."""
    rng = np.random.default_rng(0)
    draw = rng.standard_normal
    image = {"input": draw((2, 2, 16, 16)), "weight": draw((4, 2, 3, 3)), "bias": draw(4)}
    scores = {"input": draw((64, 16)), "target": rng.integers(0, 16, 64)}
    rows = {"input": draw((32, 32)), "weight": draw(32), "bias": draw(32)}
    return {
        "gelu": Function(gelu, gelu_twin.forward, {"input": draw(1024)}, {}),
        "softmax": Function(softmax, softmax_twin.forward, {"input": draw((32, 32))}, {"dim": -1}),
        "layer_norm": Function(layer_norm, layer_norm_twin.forward, rows, {"normalized_shape": (32,)}),
        "conv2d": Function(conv2d, conv2d_twin.forward, image, {}),
        "cross_entropy": Function(cross_entropy, cross_entropy_twin.forward, scores, {}),
    }


def cpu(run: Callable[[], object]) -> float:
    """Return the CPU seconds of one run."""
    start = time.process_time()
    run()
    return time.process_time() - start


def medians(repeats: int, *runs: Callable[[], object]) -> list[float]:
    """Return the median CPU seconds of each, run in turn after a first time that does not count."""
    for run in runs:
        run()
    times = [[cpu(run) for run in runs] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def _check(f: Function, dtype: str) -> None:
    report = check(
        f.suspect.forward, f.suspect.backward, twin=f.twin, inputs=f.inputs, options=f.options, dtypes=(dtype,)
    )
    assert report.ok, str(report)


def checks(repeats: int) -> None:
    """Print a full check beside both forms of gradcheck."""
    print(f"{'1,024 elements':16} {'check ms':>9} {'slow ms':>9} {'fast ms':>9} {'check/slow':>11} {'check/fast':>11}")
    for name, f in functions().items():
        tensors = {k: torch.from_numpy(x) for k, x in f.inputs.items()}
        leaves = [x.requires_grad_() for x in tensors.values() if x.is_floating_point()]

        def twin(*values: torch.Tensor, f: Function = f, tensors: Any = tensors) -> Any:
            leaves = iter(values)
            return f.twin(**{k: next(leaves) if x.is_floating_point() else x for k, x in tensors.items()}, **f.options)

        ours, slow, fast = medians(
            repeats,
            lambda f=f: _check(f, "float64"),  # type: ignore[misc]
            lambda twin=twin, x=leaves: gradcheck(twin, x),  # type: ignore[misc]
            lambda twin=twin, x=leaves: gradcheck(twin, x, fast_mode=True),  # type: ignore[misc]
        )
        figures = f"{1e3 * ours:9.2f} {1e3 * slow:9.1f} {1e3 * fast:9.2f}"
        print(f"{name:16} {figures} {'1/' + format(slow / ours, '.1f'):>11} {ours / fast:11.1f}", flush=True)


def growth(largest: int) -> None:
    """Print the cost of a full check in float32 as arrays grow, beside a plain run of the twin, forward and back."""
    print(f"\n{'float32':16} {'elements':>10} {'check s':>9} {'times':>7} {'twin s':>9} {'check/twin':>11}")
    for name, make in GROWING.items():
        before = None
        for n in (10**k for k in range(3, 8) if 10**k <= largest):
            f = make(n)
            tensors = {k: torch.from_numpy(x).requires_grad_() for k, x in f.inputs.items()}

            def plain(f: Function = f, tensors: Any = tensors) -> None:
                out = f.twin(**tensors, **f.options)
                torch.autograd.grad(out, list(tensors.values()), torch.ones_like(out))

            repeats = 3 if n < 10**6 else 1
            ours, theirs = medians(repeats, lambda f=f: _check(f, "float32"), plain)  # type: ignore[misc]
            times = "" if before is None else format(ours / before, ".1f")
            print(f"{name:16} {n:10d} {ours:9.3f} {times:>7} {theirs:9.4f} {ours / theirs:11.0f}", flush=True)
            before = ours


def _draw(*shape: int) -> Any:
    return np.random.default_rng(0).standard_normal(shape)


class _Product:
    """The product of two matrices."""

    @staticmethod
    def forward(a: Any, b: Any) -> Any:
        return a @ b

    @staticmethod
    def backward(grad: Any, a: Any, b: Any) -> Any:
        return grad @ b.T, a.T @ grad


GROWING: dict[str, Callable[[int], Function]] = {
    "gelu": lambda n: Function(gelu, gelu_twin.forward, {"input": _draw(n)}, {}),
    "matmul": lambda n: Function(_Product, lambda a, b: a @ b, {"a": _draw(n // 100, 100), "b": _draw(100, 100)}, {}),
    "softmax": lambda n: Function(softmax, softmax_twin.forward, {"input": _draw(n // 100, 100)}, {"dim": -1}),
}
"""Functions of arrays of any number of elements."""


def training(repeats: int) -> None:
    """Print a checked training run beside the same run of both sides without a check."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    arrays = mlp.init((64, 32, 10), rng)
    batches = [(X[rows] / 16, y[rows]) for rows in (rng.integers(0, len(X), 64) for _ in range(STEPS))]

    def checked() -> None:
        report = check_training(
            mlp.value_and_grad,
            adam,
            twin=mlp_twin.loss,
            twin_optimizer=adam_twin.optimizer,
            params=dict(zip(("W1", "b1", "W2", "b2"), arrays, strict=True)),
            batches=batches,
            options={"lr": 0.01},
            dtypes=("float64",),
        )
        assert report.ok, str(report)

    def plain() -> None:
        params = list(arrays)
        states = [adam.init(p) for p in params]
        tensors = [torch.from_numpy(p.copy()).requires_grad_() for p in arrays]
        optimizer = torch.optim.Adam(tensors, lr=0.01)
        for batch in batches:
            _, grads = mlp.value_and_grad(params, *batch)
            steps = [adam.step(p, g, s, lr=0.01) for p, g, s in zip(params, grads, states, strict=True)]
            params, states = [p for p, _ in steps], [s for _, s in steps]
            optimizer.zero_grad()
            mlp_twin.loss(tensors, *map(torch.from_numpy, batch)).backward()
            optimizer.step()

    ours, theirs = medians(repeats, checked, plain)
    print(f"\n{STEPS} steps of Adam on a network of 64, 32 and 10 units, float64")
    print(f"checked {ours:.1f} s, plain {theirs:.2f} s, {ours / theirs:.0f} to 1")


def rows() -> None:
    """Print how many rows take their shadow runs in one pass, in all of their cases, in some, or in none."""
    ways: dict[str, list[str]] = {"all": [], "some": [], "none": []}
    for row in PAIRS:
        if isinstance(row, Op):
            trials = [t for t in row.trials(Conditions(("float64",))) if t.family == "typical"]
            together = [_in_one_pass(row, trial) for trial in trials]
            ways["all" if all(together) else "some" if any(together) else "none"].append(row.name)
    print("\nfunctions whose shadow runs are made in one pass")
    for way, names in ways.items():
        print(f"in {way} cases: {len(names)} rows" + ("" if way == "all" else f": {', '.join(names)}"))


def _in_one_pass(row: Op, trial: Trial) -> bool:
    assert isinstance(trial.case, Case)
    subject = row.subject(trial, trial.case)
    shapes = [x.shape for x in subject.native.answer(()).outputs]
    truth = subject.truth(subject.cotangents(shapes))
    truth.output(0).first()
    return not truth.in_a_row


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; all of them if not given")
    parser.add_argument("--repeats", type=int, default=REPEATS, help=f"runs of each (default {REPEATS})")
    parser.add_argument("--largest", type=int, default=10**7, help="elements of the largest array (default 10^7)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    parts: dict[str, Callable[[], None]] = {
        "checks": lambda: checks(arguments.repeats),
        "growth": lambda: growth(arguments.largest),
        "training": lambda: training(min(arguments.repeats, 3)),
        "rows": rows,
    }
    for part in arguments.only or PARTS:
        parts[part]()


if __name__ == "__main__":
    main()
