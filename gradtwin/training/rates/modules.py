"""Functions by name: ``lr(step, *, base_lr)`` in closed form, or ``init`` and ``step`` with a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gradtwin.core.call import Code, enter
from gradtwin.training.rates.form import MOMENTUM, Course, RateForm, taken_by

__all__ = ["closed_form", "with_state"]


def closed_form(scheduler: Any) -> RateForm:
    """Return how something with ``lr``, and perhaps ``momentum``, is read."""
    momentum: Any = getattr(scheduler, "momentum", None)
    functions = [scheduler.lr, *([momentum] if callable(momentum) else [])]
    return RateForm(
        "lr(step) in closed form",
        _at_each_step(scheduler.lr),
        tuple(taken_by(function, 1, "base_lr") for function in functions),
        _momenta(momentum) if callable(momentum) else None,
    )


def _at_each_step(function: Code) -> Callable[[Course, Mapping[str, Any]], list[Any]]:
    def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
        return [enter(function, t, base_lr=course.base_lr, **options) for t in range(course.steps + 1)]

    return rates


def _momenta(function: Code) -> Callable[[Course, Mapping[str, Any]], list[Any]]:
    rates = _at_each_step(function)
    # None leaves the optimizer its own.
    return lambda course, options: [MOMENTUM if x is None else x for x in rates(course, options)]


def with_state(scheduler: Any, *, told: bool) -> RateForm:
    """Return how ``init`` and ``step`` are read; with `told` a step is told a metric after the state."""

    def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
        state = enter(scheduler.init, base_lr=course.base_lr, **options)
        curve: list[Any] = [course.base_lr]
        for t in range(course.steps):
            lr, state = enter(scheduler.step, state, *course.told(t), base_lr=course.base_lr, **options)
            curve.append(lr)
        return curve

    taken = taken_by(scheduler.init, 0, "base_lr"), taken_by(scheduler.step, 1 + told, "base_lr")
    return RateForm("init and step with a state", rates, taken)
