"""Judging a learning-rate schedule against one of `torch.optim.lr_scheduler`: the whole curve at once."""

from __future__ import annotations

import contextlib
import functools
import itertools
import random
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gradtwin.core.arguments import public_check
from gradtwin.core.bound import CLOSER_LOOKS, FIRST_LOOK, allowed, precision, spread_of
from gradtwin.core.call import Code, attempt, enter, observe
from gradtwin.core.causes import cause_of
from gradtwin.core.conditions import seed_from
from gradtwin.core.controls import Controls
from gradtwin.core.conventions import accepted, by_convention, is_near
from gradtwin.core.coverage import CURVES, Coverage, Part
from gradtwin.core.errors import GradtwinError, UsageError
from gradtwin.core.guards import SOURCES, Draws
from gradtwin.core.hold import hold
from gradtwin.core.jax_types import enabled_for
from gradtwin.core.report import Finding, Report
from gradtwin.core.truth import Expectation, Places
from gradtwin.training.arguments import (
    options_of,
    require_callable,
    require_count,
    require_mapping,
    require_options,
    require_sequence,
)
from gradtwin.training.noise_float import AMPLITUDE, noisy, noisy_math
from gradtwin.training.rates.form import MOMENTUM, Course, RateForm
from gradtwin.training.rates.recognise import recognised
from gradtwin.training.schedule_conventions import other_schedules
from gradtwin.training.suspect import StepFailedError

__all__ = ["check_scheduler"]

Array = NDArray[np.float64]
FLOAT64 = precision("float64")
CLOSED = "lr in closed form"


@public_check
def check_scheduler(
    scheduler: Any,
    *,
    twin: Callable[..., Any],
    options: Mapping[str, Any] | None = None,
    base_lr: float = 0.1,
    metrics: Sequence[float] | None = None,
    steps: int = 50,
    accept: str | Sequence[str] = (),
    seed: int = 0,
    name: str | None = None,
    command: str = "",
) -> Report:
    """Judge a learning-rate schedule against torch's, step by step, in float64.

    Parameters
    ----------
    scheduler : function, class, object, list or iterator
        A function of the step, from 0 on, which is passed the options, and `base_lr` if it takes that; a list, an array
        or an iterator of rates, whose length is that of the curve; a class, or an object of one, with ``step()`` and a
        rate in ``get_last_lr()``, ``get_lr()``, ``lr`` or such, which may be made of an optimizer; an object that is
        called at every step. Or something with ``lr(step, *, base_lr, **options)``; or with ``init(*, base_lr,
        **options) -> State`` and ``step(state, *, base_lr, **options) -> (lr, state)``, with the metric of the step
        after `state` if there are `metrics`. With ``momentum(step, *, base_lr, **options)`` beside ``lr`` the momentum
        is judged, too; None leaves it as it is.
    twin : callable
        ``twin(optimizer, **options)`` returns a scheduler of torch.
    options : mapping, optional
        Options of both.
    base_lr : float
        The learning rate of the optimizer.
    metrics : sequence of float, optional
        What the scheduler is told at each step, for one that watches a metric.
    steps : int
        Length of the curve; with `metrics` their number counts.
    accept : str or sequence of str
        As for `gradtwin.check`; of several one at a time.
    seed, name, command
        As for `gradtwin.check`.

    Returns
    -------
    Report
        ``report.ok`` is True only for a match; a finding names the first quantity, and the step as its index.

    Raises
    ------
    UsageError
        If an argument is not of the form above, or the twin does not take what the suspect takes.

    Examples
    --------
    >>> import gradtwin
    >>> from torch.optim.lr_scheduler import ExponentialLR
    >>> rates = [0.1 * 0.9**t for t in range(20)]
    >>> gradtwin.check_scheduler(rates, twin=ExponentialLR, options={"gamma": 0.9}, base_lr=0.1).verdict
    'match'
    """
    require_callable("twin", twin)
    require_count("steps", steps)
    if isinstance(base_lr, bool) or not isinstance(base_lr, (int, float)) or not base_lr > 0:
        raise UsageError(f"Expected base_lr to be a number above 0; got {base_lr!r}.")
    if metrics is not None:
        require_sequence("metrics", metrics)
        if not metrics or not all(isinstance(x, (int, float)) for x in metrics):
            raise UsageError(f"Expected metrics to be numbers, at least one; got {metrics!r}.")
    plan = require_mapping("options", options)
    course = Course(float(base_lr), steps if metrics is None else len(metrics), metrics)
    form = recognised(scheduler, course, plan)
    course = _of_length(course, form)
    sides = [("twin", options_of(twin, 1)), *(("the suspect", names) for names in form.taken)]
    require_options("options", plan, sides, apart=("base_lr",))
    title = name or str(getattr(scheduler, "__name__", type(scheduler).__name__))
    quantities = ["lr"] if form.momentum is None else ["lr", "momentum"]

    def judge_beside(other: Code) -> Report:
        curve = _Curve(other, plan, course)
        try:
            truth = curve.of_twin(None)
        except Exception as error:  # whatever the twin raises, the call was wrong
            raise UsageError(f"Expected twin to take options {sorted(curve.options)}; got {error}") from error
        unjudged = "the momentum, which the twin changes, is not judged: the suspect gives the rate alone"
        missed = form.momentum is None and np.ptp(truth["momentum"]) > 0
        reports = [_judge(form, quantity, curve, truth, seed_from(title, seed)) for quantity in quantities]
        reports += [Report("", remarks=(unjudged,))] if missed else []
        return Report.joined(title, [report.within("float64") for report in reports], command)

    others = (
        (used, other)
        for used, other in other_schedules(twin, plan)
        if _Curve(other, plan, course).is_near(form, quantities)
    )
    with Draws(*SOURCES) as draws:
        report = by_convention(judge_beside, twin, others, accepted(accept))
    return replace(report, form=form.words, remarks=(*report.remarks, *(form.remarks if plan else ()), *draws.notes))


def _of_length(course: Course, form: RateForm) -> Course:
    """Return the course as long as the form says, where it says so."""
    if form.length is None:
        return course
    if course.metrics is not None and len(course.metrics) != form.length:
        raise UsageError(
            f"Expected metrics to hold one number for each of the {form.length} steps between the suspect's rates; "
            f"got {len(course.metrics)}."
        )
    return replace(course, steps=form.length)


@dataclass(frozen=True)
class _Curve:
    """The learning rates, and momenta, of both sides from the start to the last step."""

    twin: Code
    options: dict[str, Any]
    course: Course

    def of_twin(self, noise: random.Random | None) -> dict[str, Array]:
        """Return torch's curves, with the noise of a shadow run if given its source.

        Torch goes from step to step, and of some schedules knows the closed form as well.
        """

        def number(x: Any) -> Any:
            return x if noise is None else noisy(x, noise)

        with warnings.catch_warnings(), contextlib.nullcontext() if noise is None else noisy_math(AMPLITUDE, noise):
            warnings.simplefilter("ignore", UserWarning)  # torch's about its own use are no findings
            optimizer = torch.optim.SGD([torch.zeros(1)], lr=number(self.course.base_lr), momentum=MOMENTUM)
            scheduler = enter(self.twin, optimizer, **{k: number(v) for k, v in self.options.items()})
            group = optimizer.param_groups[0]
            closed_form = getattr(scheduler, "_get_closed_form_lr", lambda: [group["lr"]])
            curve = [(group["lr"], group["momentum"], *closed_form())]
            for t in range(self.course.steps):
                optimizer.step()
                enter(scheduler.step, *self.course.told(t))
                curve.append((group["lr"], group["momentum"], *closed_form()))
        lr, momentum, closed = np.array(curve, np.float64).T
        return {"lr": lr, "momentum": momentum, CLOSED: closed}

    def of_suspect(self, suspect: RateForm, quantity: str, **options: Any) -> Array:
        """Return the suspect's curve: where it computes with JAX, in the float64 that it is judged in."""
        with enabled_for([np.asarray(self.course.base_lr)]):
            return _numbers(quantity, suspect.curve(quantity, self.course, options))

    def is_near(self, suspect: RateForm, quantities: Sequence[str]) -> bool:
        """Return whether the suspect's curves have half of the digits of the twin's."""

        def pairs() -> list[tuple[Array, Array]]:
            truth = self.of_twin(None)
            return [(self.of_suspect(suspect, quantity, **self.options), truth[quantity]) for quantity in quantities]

        try:
            outcome = attempt("schedule", pairs)
        except GradtwinError:
            return False
        return outcome.value is not None and all(is_near(got, truth, FLOAT64, 0.0) for got, truth in outcome.value)


def _numbers(quantity: str, curve: Sequence[Any]) -> Array:
    """Return a suspect's curve as an array, or raise where a step of it is no number."""
    for step, value in enumerate(curve):
        if np.ndim(value) or np.asarray(value).dtype.kind not in "iuf":
            kind = type(value).__name__
            raise StepFailedError(Finding("structure", quantity, f"is no number at step {step} but {kind}"))
    return np.array(curve, np.float64)


def _judge(suspect: RateForm, quantity: str, curve: _Curve, truth: Mapping[str, Array], seed: int) -> Report:
    try:
        outcome = observe(functools.partial(curve.of_suspect, suspect, quantity), (), curve.options, (), quantity)
    except StepFailedError as failed:
        return Report("", (failed.finding,))
    if outcome.findings:
        return Report("", outcome.findings)
    got = outcome.value
    comparison = hold(quantity, got, _CurveTruth(curve, quantity, truth, seed), Controls(got.size))
    assert comparison is not None  # a curve has one length
    if comparison.finding is not None:
        cause = cause_of(got, comparison.expectation, sizes={"the steps": curve.course.steps})
        return comparison.report(replace(comparison.finding, cause=cause))
    if not comparison.proved:
        return comparison.report(comparison.unproven)
    return replace(comparison.report(), coverage=Coverage((Part(CURVES, quantity, "float64"),)))


class _CurveTruth:
    """What the twin says of one curve."""

    def __init__(self, curve: _Curve, quantity: str, truth: Mapping[str, Array], seed: int) -> None:
        self.curve, self.quantity, self.curves, self.truth = curve, quantity, truth, truth[quantity]
        self.seeds = itertools.count(seed)
        self.looks = iter(CLOSER_LOOKS)
        self.expectation = Expectation(self.truth, self._spread(FIRST_LOOK), self.truth, FLOAT64)

    def first(self) -> Expectation:
        """Return the expectation after a first look."""
        return self.expectation

    def closer(self, places: Places = None) -> Expectation:
        """Return the expectation after a closer look."""
        self.expectation = self.expectation.widened(self._spread(next(self.looks)))
        return self.expectation

    def _spread(self, runs: int) -> Array:
        """Return how far rounding carries torch's curve, or its closed form where that is the same curve."""
        sources = [random.Random(seed) for seed in itertools.islice(self.seeds, runs)]
        shadows = [self.curve.of_twin(noise) for noise in sources]
        spread = spread_of(self.truth, [shadow[self.quantity] for shadow in shadows])
        if self.quantity != "lr":
            return spread
        closed, closed_runs = self.curves[CLOSED], [shadow[CLOSED] for shadow in shadows]
        # A subclass may have inherited the closed form of another schedule, which grants it nothing.
        alike = np.abs(closed - self.truth) <= allowed(self.truth, spread + spread_of(closed, closed_runs), FLOAT64)
        return np.fmax(spread, spread_of(self.truth, closed_runs)) if np.all(alike) else spread
