"""How a schedule is read: what is called of it, and how that becomes a curve of rates."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gradtwin.core.call import Code
from gradtwin.training.arguments import options_of

__all__ = ["BASE_RATES", "MOMENTUM", "Course", "RateForm", "base_rate_of", "taken_by"]

MOMENTUM = 0.9
BASE_RATES = (
    "base_lr",
    "lr",
    "initial_lr",
    "init_lr",
    "init_value",
    "start_lr",
    "lr0",
    "lr_0",
    "learning_rate",
    "initial_learning_rate",
    "base_learning_rate",
    "eta0",
    "base_rate",
)
"""What the rate is called that a schedule begins with."""


@dataclass(frozen=True)
class Course:
    """What a schedule goes through.

    Parameters
    ----------
    base_lr : float
        The rate that it begins with.
    steps : int
        How many steps follow the first rate.
    metrics : sequence of float, or None
        What it is told at each step.
    """

    base_lr: float
    steps: int
    metrics: Sequence[float] | None = None

    def told(self, step: int) -> tuple[float, ...]:
        """Return what a scheduler that watches a metric is told after a step, to be passed on; nothing to others."""
        return () if self.metrics is None else (self.metrics[step],)


@dataclass(frozen=True)
class RateForm:
    """How a schedule was read.

    Parameters
    ----------
    words : str
        What it was taken for, as the report says it.
    rates : callable
        ``rates(course, options)`` returns the learning rate at each step, from the first on.
    taken : tuple of mappings
        The options that each of its functions takes, each with whether it must be given; None where any name will do.
    momentum : callable, optional
        As `rates`, of the momentum.
    length : int, optional
        How many steps follow the first rate, where it says so itself.
    remarks : tuple of str
        What is to be said of it where options are passed.
    """

    words: str
    rates: Callable[[Course, Mapping[str, Any]], list[Any]]
    taken: tuple[Mapping[str, bool] | None, ...] = (None,)
    momentum: Callable[[Course, Mapping[str, Any]], list[Any]] | None = None
    length: int | None = None
    remarks: tuple[str, ...] = field(default=())

    def curve(self, quantity: str, course: Course, options: Mapping[str, Any]) -> list[Any]:
        """Return the curve of a quantity, ``lr`` or ``momentum``."""
        rates = self.rates if quantity == "lr" or self.momentum is None else self.momentum
        return rates(course, options)


def base_rate_of(function: Code, options: Mapping[str, Any]) -> str | None:
    """Return the name under which a function takes the rate to begin with, None where it does not."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    by_name = [n for n, p in parameters.items() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    own = next((name for name in BASE_RATES if name in by_name and name not in options), None)
    any_name = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    return BASE_RATES[0] if own is None and any_name else own


def taken_by(function: Code, leading: int, base_rate: str | None) -> Mapping[str, bool] | None:
    """Return the options that a function takes besides the rate to begin with."""
    names = options_of(function, leading)
    return None if names is None else {name: must for name, must in names.items() if name != base_rate}
