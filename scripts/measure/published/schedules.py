"""Learning-rate schedules of NumPy and JAX."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from torch.optim import lr_scheduler

import gradtwin
from scripts.measure.published.entry import Make, Published

__all__ = ["ENTRIES", "Rates"]


@dataclass(frozen=True)
class Rates(Published):
    """A schedule of a package beside that of torch.

    Parameters
    ----------
    package, place, make
        As of `Published`; what is made is a schedule with its options.
    twin : callable
        Makes the schedule of torch from an optimizer.
    sizes : str
        What is particular about it.
    steps : int
        Number of steps.
    """

    package: str
    place: str
    twin: Callable[..., Any]
    sizes: str
    make: Make
    steps: int = 20
    dtypes: Sequence[str] = ("float64",)

    def judged(self, suspect: Any, dtype: str) -> gradtwin.Report:
        """Return the report on it, or on a spoiled one."""
        return gradtwin.check_scheduler(suspect, twin=self.twin, base_lr=0.1, steps=self.steps)

    def spoiled(self, suspect: Any, dtype: str) -> Iterator[Any]:
        """Yield it times 1.25, at every step and at one in the middle."""
        yield lambda step: 1.25 * suspect(step)
        yield lambda step: (1.25 if step == self.steps // 2 else 1) * suspect(step)


def _twin(kind: Any, **options: Any) -> Any:
    return lambda optimizer: kind(optimizer, **options)


def _noam(optimizer: Any) -> Any:
    return lr_scheduler.LambdaLR(optimizer, lambda t: 10 * min(max(t, 1) ** -0.5, t * 10**-1.5) / 4)


def _ml(name: str, twin: Any, sizes: str, *values: Any, **options: Any) -> Rates:
    place = f"numpy_ml.neural_nets.schedulers.schedulers:{name}"
    return Rates("numpy-ml", place, twin, sizes, lambda kind: kind(*values, **options))


def _optax(name: str, twin: Any, *values: Any, steps: int = 20, **options: Any) -> Rates:
    make = functools.partial(_made, values, options)
    return Rates("optax", f"optax:{name}", twin, f"{steps} steps", make, steps)


def _made(values: Sequence[Any], options: Any, maker: Any) -> Any:
    return maker(*values, **options)


CYCLES = [{"init_value": 0.1, "peak_value": 0.1, "decay_steps": 5, "warmup_steps": 0, "end_value": 0.0}] * 3

ENTRIES = (
    _ml("ConstantScheduler", _twin(lr_scheduler.ConstantLR, factor=1.0), "constant", 0.1),
    _ml("ExponentialScheduler", _twin(lr_scheduler.ExponentialLR, gamma=0.9), "every step", 0.1, 1, decay=0.9),
    _ml("ExponentialScheduler", _twin(lr_scheduler.StepLR, step_size=5, gamma=0.5), "stairs", 0.1, 5, True, 0.5),
    _ml("NoamScheduler", _noam, "from step 0", 16, warmup_steps=10),
    _optax("exponential_decay", _twin(lr_scheduler.ExponentialLR, gamma=0.9), 0.1, 1, 0.9),
    _optax("exponential_decay", _twin(lr_scheduler.StepLR, step_size=5, gamma=0.5), 0.1, 5, 0.5, staircase=True),
    _optax("cosine_decay_schedule", _twin(lr_scheduler.CosineAnnealingLR, T_max=20), 0.1, 20),
    _optax("polynomial_schedule", _twin(lr_scheduler.PolynomialLR, total_iters=20, power=2.0), 0.1, 0.0, 2, 20),
    _optax("linear_schedule", _twin(lr_scheduler.LinearLR, start_factor=0.5, total_iters=10), 0.05, 0.1, 10),
    _optax(
        "piecewise_constant_schedule",
        _twin(lr_scheduler.MultiStepLR, milestones=[5, 9], gamma=0.5),
        0.1,
        {5: 0.5, 9: 0.5},
    ),
    _optax("sgdr_schedule", _twin(lr_scheduler.CosineAnnealingWarmRestarts, T_0=5), CYCLES, steps=14),
    _optax("cosine_onecycle_schedule", _twin(lr_scheduler.OneCycleLR, max_lr=0.1, total_steps=20), 20, 0.1, steps=19),
)
