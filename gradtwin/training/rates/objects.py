"""An object that is stepped, and shows its rate: by a method, by an attribute, by a call, or in an optimizer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from gradtwin.core.call import Code, enter
from gradtwin.core.errors import UsageError
from gradtwin.core.signatures import needed, positional, takes_any_number
from gradtwin.training.rates.form import MOMENTUM, Course, RateForm
from gradtwin.training.rates.functions import STEPS

__all__ = ["SHOWN", "Maker", "Rated", "form_of", "is_schedule"]

SHOWN = ("get_last_lr", "get_lr", "lr", "last_lr", "current_lr", "learning_rate", "rate", "value")
"""Where an object shows its rate, in a method without arguments or in an attribute."""


class Rated(torch.optim.SGD):
    """An optimizer whose rate is also its attribute `lr`, for schedules that write there."""

    def __init__(self, lr: Any) -> None:
        super().__init__([torch.zeros(1)], lr=lr, momentum=MOMENTUM)

    @property
    def lr(self) -> Any:
        """The rate."""
        return self.param_groups[0]["lr"]

    @lr.setter
    def lr(self, rate: Any) -> None:
        self.param_groups[0]["lr"] = rate

    learning_rate = lr

    @property
    def momentum(self) -> Any:
        """The momentum."""
        return self.param_groups[0]["momentum"]

    @momentum.setter
    def momentum(self, momentum: Any) -> None:
        self.param_groups[0]["momentum"] = momentum


@dataclass(frozen=True)
class Maker:
    """Where the object of a curve comes from.

    Parameters
    ----------
    words : str
        What the report calls it.
    make : callable
        ``make(course, options)`` returns an object, and the optimizer that it was made of, or None.
    taken : mapping, or None
        The options that it takes.
    remarks : tuple of str
        What is to be said of it.
    of_optimizer : bool
        Whether it is made of an optimizer, whose momentum it may change, too.
    """

    words: str
    make: Callable[[Course, Mapping[str, Any]], tuple[Any, Any]]
    taken: Mapping[str, bool] | None = None
    remarks: tuple[str, ...] = ()
    of_optimizer: bool = False


def is_schedule(made: Any) -> bool:
    """Return whether an object can be stepped or called."""
    return callable(getattr(made, "step", None)) or callable(made)


def form_of(maker: Maker, sample: Any) -> RateForm:
    """Return how the objects of a maker are read; `sample` is one of them."""
    is_stepped = callable(getattr(sample, "step", None))
    function = sample.step if is_stepped else sample
    counts = bool(needed(function)) or (not is_stepped and (takes_any_number(function) or _may_be_told(function)))

    def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
        if is_stepped:
            return _stepped(maker, course, options, counts=counts)
        made, _ = maker.make(course, options)
        return [enter(made, *((t,) if counts else ())) for t in range(course.steps + 1)]

    def momenta(course: Course, options: Mapping[str, Any]) -> list[Any]:
        made, optimizer = maker.make(course, options)
        assert optimizer is not None
        curve = [optimizer.momentum]
        for t in range(course.steps):
            _step(made, optimizer, course, t, counts=counts)
            curve.append(optimizer.momentum)
        return curve

    call = "step" if is_stepped else "a call"
    argument = "step" if counts else ""
    words = f"{maker.words}, {call}({argument})" if is_stepped else f"{maker.words}, called with ({argument})"
    momentum = momenta if maker.of_optimizer and is_stepped else None
    return RateForm(words, rates, (maker.taken,), momentum, remarks=maker.remarks)


def _may_be_told(function: Code) -> bool:
    """Return whether what a call takes first is named as the step, though it can be left out."""
    return ([*positional(function), ""])[0].lower() in STEPS


def _step(made: Any, optimizer: Any, course: Course, t: int, *, counts: bool) -> Any:
    """Take a step and return what it returns."""
    if callable(getattr(optimizer, "step", None)):
        optimizer.step()  # first, or torch warns that a rate has been skipped
    return enter(made.step, *(course.told(t) or ((t + 1,) if counts else ())))


def _stepped(maker: Maker, course: Course, options: Mapping[str, Any], *, counts: bool) -> list[Any]:
    """Return the curve of an object that is stepped: that of its optimizer if it moves, else what it shows itself."""
    made, optimizer = maker.make(course, options)
    if optimizer is not None:
        curve = [rate_of(optimizer)]
        for t in range(course.steps):
            _step(made, optimizer, course, t, counts=counts)
            curve.append(rate_of(optimizer))
        if any(x != curve[0] for x in curve):
            return curve
        made, optimizer = maker.make(course, options)
    curves: dict[str, list[Any]] = {place: [x] for place, x in _shown(made).items()}
    returned: list[Any] = [course.base_lr]
    for t in range(course.steps):
        returned.append(_step(made, optimizer, course, t, counts=counts))
        for place, x in _shown(made).items():
            curves.setdefault(place, []).append(x)
    whole = {place: curve for place, curve in curves.items() if len(curve) == course.steps + 1}
    otherwise = {"what step returns": returned} if optimizer is None else {"the optimizer's": curve}
    return _the_one(whole or otherwise, course)


def rate_of(optimizer: Any) -> Any:
    """Return the rate of an optimizer with groups."""
    return optimizer.param_groups[0]["lr"]


def _the_one(curves: Mapping[str, list[Any]], course: Course) -> list[Any]:
    """Return the one curve that an object shows; what stays at the rate to begin with is not it if another moves."""
    moving = {place: curve for place, curve in curves.items() if any(x != course.base_lr for x in curve)}
    told = moving or curves
    first, *others = told.values()
    if any(curve != first for curve in others):
        names = ", ".join(told)
        raise UsageError(
            f"Expected scheduler to show one rate; got {names}, which disagree. Hand over the one that is meant, for "
            "example as a list of the rates."
        )
    return first


def _shown(made: Any) -> dict[str, Any]:
    """Return the rates that an object shows, by where it does."""
    places: dict[str, Any] = {}
    for place in SHOWN:
        x = getattr(made, place, None)
        if callable(x):
            x = None if needed(x) else enter(x)
        if isinstance(x, (list, tuple)) and len(x) == 1:
            x = x[0]
        if x is not None:
            places[place] = x
    return places
