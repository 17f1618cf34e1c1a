"""Schedules by another convention than torch's: the twins that would be right."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from gradtwin.core.call import Code, enter

__all__ = ["SCHEDULES", "other_schedules"]

Options = Mapping[str, Any]
Convention = Callable[[Code, Options], Code | None]
"""Returns another maker of schedules in place of one of torch with these options; None where it has none."""

LENGTHS = ("T_max", "total_iters")
"""The options that hold after how many steps a schedule has come to its end."""


def other_schedules(twin: Code, options: Options) -> Iterator[tuple[tuple[str, ...], Code]]:
    """Yield the makers of schedules by other conventions that one of torch with these options has, with their names."""
    for name, convention in SCHEDULES.items():
        other = convention(twin, options)
        if other is not None:
            yield (name,), other


def _with(twin: Code, changed: Options) -> Code:
    """Return what makes the schedule with other options than the suspect is handed."""
    return lambda optimizer, **options: enter(twin, optimizer, **{**options, **changed})


def _ahead(twin: Code, options: Options) -> Code | None:
    def make(optimizer: Any, **options: Any) -> Any:
        scheduler = enter(twin, optimizer, **options)
        optimizer.step()
        enter(scheduler.step)
        return scheduler

    return None if twin is torch.optim.lr_scheduler.ReduceLROnPlateau else make


class _Behind:
    """A scheduler of torch whose first step is none."""

    def __init__(self, scheduler: Any) -> None:
        self._scheduler, self._waits = scheduler, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scheduler, name)

    def step(self) -> None:
        """Take a step, but for the first."""
        if not self._waits:
            enter(self._scheduler.step)
        self._waits = False


def _behind(twin: Code, options: Options) -> Code | None:
    plateau = twin is torch.optim.lr_scheduler.ReduceLROnPlateau
    return None if plateau else lambda optimizer, **options: _Behind(enter(twin, optimizer, **options))


def _shorter(twin: Code, options: Options) -> Code | None:
    shorter = {n: options[n] - 1 for n in LENGTHS if isinstance(options.get(n), int) and options[n] > 1}
    return _with(twin, shorter) if shorter else None


def _gradual(twin: Code, options: Options) -> Code | None:
    if twin is not torch.optim.lr_scheduler.StepLR:
        return None

    def make(optimizer: Any, *, step_size: int, gamma: float = 0.1) -> Any:
        return torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma ** (1 / step_size))

    return make


def _less_patient(twin: Code, options: Options) -> Code | None:
    if twin is not torch.optim.lr_scheduler.ReduceLROnPlateau:
        return None
    return _with(twin, {"patience": max(options.get("patience", 10) - 1, 0)})


class _Factor:
    """A scheduler of torch whose rates are shown as factors of the rate that it begins with."""

    def __init__(self, scheduler: Any, optimizer: Any, base: Any) -> None:
        self._scheduler, self._group, self._base = scheduler, optimizer.param_groups[0], base
        self._show()

    def _show(self) -> None:
        self._rate = self._group["lr"]
        self._group["lr"] = self._rate / self._base

    def step(self, *metric: float) -> None:
        """Take a step from the rate itself."""
        self._group["lr"] = self._rate
        enter(self._scheduler.step, *metric)
        self._show()


def _factor(twin: Code, options: Options) -> Code | None:
    def make(optimizer: Any, **options: Any) -> Any:
        base = optimizer.param_groups[0]["lr"]
        return _Factor(enter(twin, optimizer, **options), optimizer, base)

    return make


SCHEDULES: Mapping[str, Convention] = {
    "rate of the step after": _ahead,
    "rate of the step before": _behind,
    "end at the last step": _shorter,
    "decay at every step": _gradual,
    "patience reached": _less_patient,
    "factor for rate": _factor,
}
"""The conventions of schedules."""
