"""Rows of learning-rate schedules."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from gradtwin.core.call import enter
from gradtwin.core.conditions import Conditions
from gradtwin.core.report import Report
from gradtwin.project.case import Case, Refusal
from gradtwin.project.modules import load
from gradtwin.project.trials import Trial, both_refuse, refusal_trials

__all__ = ["Scheduler"]


@dataclass(frozen=True)
class Scheduler:
    """A learning-rate schedule, beside one of `torch.optim.lr_scheduler`.

    Parameters
    ----------
    name : str
        ``family.scheduler``, as the commands know it.
    suspect : str
        Module with ``lr``, or with ``init`` and ``step``; with ``momentum`` where that is scheduled, too. By default
        the one of this name in the package of the suspects.
    twin : str
        Module with ``scheduler``, which takes an optimizer of torch and the options; by default the one of this name
        in the package of the twins.
    cases : sequence of Case
        Options to run with; inputs and families do not apply.
    steps : int
        Length of the curve.
    metrics : sequence of float, optional
        What the scheduler is told at each step, for one that watches a metric.
    refusals : sequence of Refusal
        Options that both sides refuse.
    tags : sequence of str
        Further names of the row.
    """

    kind: ClassVar[str] = "scheduler"
    sides: ClassVar[tuple[tuple[str, str], ...]] = (("suspect", "twin"),)
    takes_long: ClassVar[bool] = False

    name: str
    suspect: str = ""
    twin: str = ""
    _: KW_ONLY
    cases: Sequence[Case]
    steps: int = 50
    metrics: Sequence[float] | None = None
    refusals: Sequence[Refusal] = ()
    tags: Sequence[str] = ()

    def trials(self, conditions: Conditions, steps: int | None = None) -> Iterator[Trial]:
        """Yield cases in float64 alone, since a learning rate is a Python float; refusals at the first precision."""
        for at_precision in conditions.by_precision():
            if at_precision.dtypes == ("float64",):
                for case in self.cases:
                    yield Trial(self, case, case.name, at_precision)
        yield from refusal_trials(self, self.refusals, conditions)

    def judge(self, trial: Trial, case: Case) -> Report:
        """Judge the curve."""
        from gradtwin.training.schedule import check_scheduler

        return check_scheduler(
            load(self.suspect, None, self.name, "suspect"),
            twin=load(self.twin, "scheduler", self.name, "twin"),
            options=case.options,
            metrics=self.metrics,
            steps=self.steps,
            seed=trial.conditions.seed,
            name=trial.id,
            command=trial.command,
        )

    def refuse(self, trial: Trial, refusal: Refusal) -> Report:
        """Judge how either side begins with options that it must refuse, and takes one step."""
        import torch

        first_lr = _first_lr(load(self.suspect, None, self.name, "suspect"))
        scheduler = load(self.twin, "scheduler", self.name, "twin")

        def theirs() -> None:
            # With momentum, which some schedules change as well.
            run = torch.optim.SGD([torch.zeros(1)], lr=0.1, momentum=0.9)
            schedule = enter(scheduler, run, **refusal.options)
            run.step()  # first, or torch warns that a rate has been skipped
            enter(schedule.step, *(() if self.metrics is None else self.metrics[:1]))

        return both_refuse(trial, lambda: first_lr(1, **{"base_lr": 0.1, **refusal.options}), theirs)

    def numbers(self, trial: Trial, case: Case) -> Iterator[str]:
        """Yield nothing: the curve has no table."""
        return iter(())

    def summary(self, reports: Sequence[Report]) -> Iterator[str]:
        """Yield nothing: the table says it all."""
        return iter(())


def _first_lr(module: Any) -> Callable[..., Any]:
    """Return ``lr``, or what takes the first step of a scheduler that has a state."""
    closed_form: Callable[..., Any] | None = getattr(module, "lr", None)
    if closed_form is not None:
        return functools.partial(enter, closed_form)
    return lambda metric, **options: enter(module.step, enter(module.init, **options), metric, **options)
