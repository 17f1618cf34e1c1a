"""Functions by name: ``lr(step, *, base_lr)`` in closed form, or ``init`` and ``step`` with a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradtwin.core.call import Code, enter
from gradtwin.training.arguments import options_of
from gradtwin.training.rates.form import MOMENTUM, Course, RateForm

__all__ = ["closed_form", "with_state"]


def closed_form(scheduler: Any) -> RateForm:
    """Return how something with ``lr``, and perhaps ``momentum``, is read."""
    momentum: Any = getattr(scheduler, "momentum", None)
    functions = [scheduler.lr, *([momentum] if callable(momentum) else [])]
    return RateForm(
        "lr(step) in closed form",
        _at_each_step(scheduler.lr),
        tuple(options_of(function, 1) for function in functions),
        _momenta(momentum) if callable(momentum) else None,
    )


def _passed(course: Course, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what every call is passed: the rate to begin with, unless it is an option of the schedule itself."""
    return {"base_lr": course.base_lr, **options}


def _at_each_step(function: Code) -> Callable[[Course, Mapping[str, Any]], list[Any]]:
    def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
        passed = _passed(course, options)
        return [enter(function, t, **passed) for t in range(course.steps + 1)]

    return rates


def _momenta(function: Code) -> Callable[[Course, Mapping[str, Any]], list[Any]]:
    rates = _at_each_step(function)
    # None leaves the optimizer its own.
    return lambda course, options: [MOMENTUM if x is None else x for x in rates(course, options)]


def with_state(scheduler: Any, *, told: bool) -> RateForm:
    """Return how ``init`` and ``step`` are read; with `told` a step is told a metric after the state."""

    def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
        passed = _passed(course, options)
        state = enter(scheduler.init, **passed)
        curve: list[Any] = [course.base_lr]
        for t in range(course.steps):
            lr, state = enter(scheduler.step, state, *course.told(t), **passed)
            curve.append(lr)
        return curve

    taken = options_of(scheduler.init, 0), options_of(scheduler.step, 1 + told)
    return RateForm("init and step with a state", rates, taken)
