"""The smallest relative error that is caught: in a value, in a gradient, in a training run of 300 steps.

A right pair is spoiled by a factor 1 + error, everywhere or in one element, with error = 10^-1, 10^-1.5, ... downwards;
printed is the last one that is refused before the first that passes.
"""

import argparse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from gradtwin import check, check_training
from gradtwin.core.report import Report
from reference.activations import sigmoid as sigmoid_twin
from reference.losses import cross_entropy as cross_entropy_twin
from reference.models import mlp as mlp_twin
from reference.optimizers import adam as adam_twin
from reference.optimizers import sgd as sgd_twin
from scratch.activations import sigmoid
from scratch.losses import cross_entropy
from scratch.models import mlp
from scratch.optimizers import adam, sgd

HELD_OUT = 360
ERRORS = [10 ** (-k / 2) for k in range(2, 33)]


def smallest(judge: Callable[[float], Report]) -> float:
    """Return the smallest error that is still refused, going down until one passes."""
    least = float("nan")
    for error in ERRORS:
        if judge(error).ok:
            break
        least = error
    return least


def _spoiled(values: Any, error: float, everywhere: bool) -> Any:
    factor = np.ones(np.shape(values), values.dtype)
    factor[... if everywhere else (0,) * factor.ndim] += error
    return values * factor


def operations(dtype: str) -> dict[str, float]:
    """Return the smallest errors caught in one check of an operation."""

    def values(everywhere: bool) -> Callable[[float], Report]:
        def judge(error: float) -> Report:
            return check(
                lambda input: _spoiled(sigmoid.forward(input), error, everywhere),
                twin=sigmoid_twin.forward,
                inputs=lambda rng: [rng.standard_normal((32, 32))],
                dtypes=(dtype,),
            )

        return judge

    def gradients(everywhere: bool) -> Callable[[float], Report]:
        def judge(error: float) -> Report:
            return check(
                cross_entropy.forward,
                lambda *arguments: _spoiled(cross_entropy.backward(*arguments).input, error, everywhere),
                twin=cross_entropy_twin.forward,
                inputs=lambda rng: [rng.standard_normal((64, 10)), rng.integers(0, 10, 64)],
                dtypes=(dtype,),
            )

        return judge

    return {
        "value of sigmoid, all of 1,024 elements": smallest(values(True)),
        "value of sigmoid, one of 1,024 elements": smallest(values(False)),
        "gradient of cross-entropy, all of 640 elements": smallest(gradients(True)),
        "gradient of cross-entropy, one of 640 elements": smallest(gradients(False)),
    }


def _digits(steps: int) -> dict[str, Any]:
    """Return a network of 32 hidden units and so many mini-batches of 64 handwritten digits."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    rng = np.random.default_rng(0)
    order = rng.permutation(len(X))
    X, y, train = X[order] / 16, y[order], len(X) - HELD_OUT
    arrays = mlp.init((X.shape[1], 32, 10), rng)
    chosen = [rng.choice(train, 64, replace=False) for _ in range(steps)]
    params = dict(zip(("W1", "b1", "W2", "b2"), arrays, strict=True))
    return {"params": params, "batches": [(X[rows], y[rows]) for rows in chosen]}


def trajectories(dtype: str, steps: int) -> dict[str, float]:
    """Return the smallest errors caught in one option of an optimizer, over a training run on the digits."""
    setup = _digits(steps)

    def option(optimizer: Any, twin: Any, options: dict[str, Any], which: str) -> Callable[[float], Report]:
        def judge(error: float) -> Report:
            def step(param: Any, grad: Any, state: Any, **options: Any) -> Any:
                value = options[which]
                factor = 1 + error
                spoiled_value = tuple(v * factor for v in value) if isinstance(value, tuple) else value * factor
                return optimizer.step(param, grad, state, **{**options, which: spoiled_value})

            spoiled = SimpleNamespace(init=optimizer.init, step=step)
            return check_training(
                mlp.value_and_grad,
                spoiled,
                twin=mlp_twin.loss,
                twin_optimizer=twin,
                options=options,
                dtypes=(dtype,),
                **setup,
            )

        return judge

    momentum = {"lr": 0.1, "momentum": 0.9}
    moments = {"lr": 0.01, "betas": (0.9, 0.99), "eps": 1e-8}
    return {
        f"momentum of SGD, {steps} steps": smallest(option(sgd, sgd_twin.optimizer, momentum, "momentum")),
        f"lr of SGD, {steps} steps": smallest(option(sgd, sgd_twin.optimizer, momentum, "lr")),
        f"betas of Adam, {steps} steps": smallest(option(adam, adam_twin.optimizer, moments, "betas")),
        f"eps of Adam, {steps} steps": smallest(option(adam, adam_twin.optimizer, moments, "eps")),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=300, help="steps of the training run (default 300)")
    steps = parser.parse_args().steps
    print(f"{'smallest relative error caught':50} {'float64':>9} {'float32':>9}")
    for part in (operations, lambda dtype: trajectories(dtype, steps)):
        double, single = part("float64"), part("float32")
        for what, error in double.items():
            print(f"{what:50} {error:9.1e} {single[what]:9.1e}", flush=True)


if __name__ == "__main__":
    main()
