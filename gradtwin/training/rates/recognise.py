"""Which form a schedule has: told by what it is and by the names of what it takes, never by its rates."""

from __future__ import annotations

import copy
import functools
import inspect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from gradtwin.core.call import Code, aside, enter
from gradtwin.core.errors import UsageError, shown
from gradtwin.core.signatures import needed, positional
from gradtwin.training.rates import functions as of_the_step
from gradtwin.training.rates import modules, objects, sequences
from gradtwin.training.rates.form import BASE_RATES, Course, RateForm, base_rate_of, taken_by
from gradtwin.training.rates.objects import Maker, Rated

__all__ = ["recognised"]

OPTIMIZERS = ("optimizer", "opt", "optim")
"""What the optimizer is called that a schedule is made of."""


def recognised(scheduler: Any, course: Course, options: Mapping[str, Any]) -> RateForm:
    """Return how a schedule is read; raise a UsageError for what has none of the forms."""
    if not inspect.isclass(scheduler):
        if callable(getattr(scheduler, "lr", None)) and not _is_method_of_object(scheduler):
            return modules.closed_form(scheduler)
        if all(callable(getattr(scheduler, name, None)) for name in ("init", "step")):
            return modules.with_state(scheduler, told=course.metrics is not None)
    if isinstance(scheduler, (np.ndarray, torch.Tensor)) and scheduler.ndim == 1:
        return sequences.of_list(scheduler.tolist())
    if isinstance(scheduler, Sequence) and not isinstance(scheduler, (str, bytes)):
        return sequences.of_list(scheduler)
    if isinstance(scheduler, Iterator):
        return sequences.of_iterator(scheduler, course.steps)
    if inspect.isclass(scheduler) or inspect.isroutine(scheduler) or isinstance(scheduler, functools.partial):
        return _of_callable(scheduler, course, options)
    if objects.is_schedule(scheduler):
        return _of_instance(scheduler, course)
    raise _not_recognised(scheduler)


def _is_method_of_object(scheduler: Any) -> bool:
    return callable(getattr(scheduler, "step", None)) and not positional(scheduler.lr)


def _of_callable(scheduler: Code, course: Course, options: Mapping[str, Any]) -> RateForm:
    """Return how a class is read, or a function: of the step, or one that makes a schedule."""
    function = scheduler.func if isinstance(scheduler, functools.partial) else scheduler
    name = str(getattr(function, "__name__", type(function).__name__))
    first = ([*positional(scheduler), ""])[0].lower()
    makes = inspect.isclass(scheduler) or inspect.isgeneratorfunction(scheduler) or first in OPTIMIZERS
    steps = any(argument.lower() in of_the_step.STEPS for argument in needed(scheduler))
    if not makes and (steps or first not in BASE_RATES) and positional(scheduler):
        return of_the_step.form_of(scheduler, name, options)
    if not makes and not positional(scheduler):
        # What it keeps cannot be put back, so it is read once, as an iterator is.
        return sequences.of_iterator((enter(scheduler) for _ in itertools.count()), course.steps)
    maker = _maker(scheduler, name, options, of_optimizer=first in OPTIMIZERS)
    made = aside("a trial", maker.make, (course, options), {}, ()).value
    if made is None:  # it raises, as it does again where it is judged
        return RateForm(maker.words, lambda course, options: [maker.make(course, options)], (maker.taken,))
    return _of_product(made[0], maker, course)


def _maker(scheduler: Code, name: str, options: Mapping[str, Any], *, of_optimizer: bool) -> Maker:
    base_rate = None if of_optimizer else base_rate_of(scheduler, options)

    def make(course: Course, options: Mapping[str, Any]) -> tuple[Any, Any]:
        if of_optimizer:
            optimizer = Rated(course.base_lr)
            return enter(scheduler, optimizer, **options), optimizer
        return enter(scheduler, **options, **({} if base_rate is None else {base_rate: course.base_lr})), None

    words = f"objects of {name}" if inspect.isclass(scheduler) else f"what {name} makes"
    words += ", made of an optimizer" if of_optimizer else ""
    return Maker(words, make, taken_by(scheduler, int(of_optimizer), base_rate), of_optimizer=of_optimizer)


def _of_product(made: Any, maker: Maker, course: Course) -> RateForm:
    """Return how what a function or a class makes is read: rates, a function of the step, or an object."""
    if isinstance(made, (list, tuple, np.ndarray, Iterator)):

        def rates(course: Course, options: Mapping[str, Any]) -> list[Any]:
            return _first(maker.make(course, options)[0], course)

        length = len(_first(made, course)) - 1
        if length < 0:
            raise UsageError("Expected scheduler to make at least one rate; got none.")
        return RateForm(f"rates in {maker.words}", rates, (maker.taken,), length=length)
    if objects.is_schedule(made):
        return objects.form_of(maker, made)
    raise _not_recognised(made)


def _first(values: Any, course: Course) -> list[Any]:
    return [x for _, x in zip(range(course.steps + 1), values, strict=False)]


def _of_instance(instance: Any, course: Course) -> RateForm:
    name = str(getattr(instance, "__name__", type(instance).__name__))
    remark = f"the suspect's options are those of the object of {name}; those that are passed are the twin's alone"

    def make(course: Course, options: Mapping[str, Any]) -> tuple[Any, Any]:
        own = copy.deepcopy(instance)
        optimizer = getattr(own, "optimizer", None)
        return own, optimizer if hasattr(optimizer, "param_groups") else None

    maker = Maker(f"an object of {name}", make, None, (remark,))
    return objects.form_of(maker, instance)


def _not_recognised(scheduler: Any) -> UsageError:
    return UsageError(
        "Expected scheduler to have lr, or init and step, or to be a function of the step, a list or an iterator of "
        "rates, or a class or an object that has step and shows its rate (get_last_lr, get_lr, lr, …) or is called at "
        f"every step; got {shown(scheduler)}. These two lines make one of it:\n"
        "    def rate(step, base_lr): return base_lr * factor_at(step)\n"
        "    gradtwin.check_scheduler(rate, twin=…)"
    )
