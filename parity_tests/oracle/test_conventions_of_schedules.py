"""Schedules in another convention: refused with the name of it, a match by that name, and wrong ones by none."""

import bisect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from torch.optim import lr_scheduler

import gradtwin
from gradtwin.training.schedule_conventions import SCHEDULES
from parity_tests.oracle.named import require_named_and_accepted, require_unexplained

METRICS = (1.0, 0.9, 0.9, 0.9, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8)


@dataclass(frozen=True)
class Case:
    """A schedule in a convention, and one that is wrong by it too; with `metrics` both are schedulers."""

    name: str
    twin: Any
    options: Mapping[str, Any]
    own: Any
    wrong: Any
    metrics: Sequence[float] | None = None

    def judge(self, scheduler: Any, /, **arguments: Any) -> gradtwin.Report:
        suspect = scheduler if self.metrics else SimpleNamespace(lr=scheduler)
        return gradtwin.check_scheduler(
            suspect, twin=self.twin, options=self.options, metrics=self.metrics, name=self.name, **arguments
        )


def cosine(t: float, base_lr: float, T_max: float, eta_min: float) -> float:
    return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * t / T_max)) / 2


def warmed(t: float, base_lr: float, start_factor: float, total_iters: float) -> float:
    return base_lr * (start_factor + (1 - start_factor) * min(t, total_iters) / total_iters)


@dataclass(frozen=True)
class Plateau:
    """The rate is reduced once so many bad steps more than `patience` are reached."""

    more: int

    def init(self, *, base_lr: float, **options: Any) -> Any:
        return base_lr, math.inf, 0

    def step(self, state: Any, metric: float, *, patience: int, factor: float, **options: Any) -> Any:
        lr, best, bad = state
        best, bad = (metric, 0) if metric < best else (best, bad + 1)
        if bad >= patience + self.more:
            lr, bad = lr * factor, 0
        return lr, (lr, best, bad)


COSINE = {"T_max": 20, "eta_min": 0.01}
CASES = (
    Case(
        "rate of the step after",
        lr_scheduler.CosineAnnealingLR,
        COSINE,
        lambda step, **o: cosine(step + 1, **o),
        lambda step, **o: cosine(step + 2, **o),
    ),
    Case(
        "rate of the step after",
        lr_scheduler.LinearLR,
        {"start_factor": 0.1, "total_iters": 10},
        lambda step, **o: warmed(step + 1, **o),
        lambda step, **o: warmed(step + 1 / 2, **o),
    ),
    Case(
        "rate of the step before",
        lr_scheduler.MultiStepLR,
        {"milestones": [5, 12], "gamma": 0.5},
        lambda step, *, base_lr, milestones, gamma: base_lr * gamma ** bisect.bisect_left(milestones, step),
        lambda step, *, base_lr, milestones, gamma: base_lr * gamma ** bisect.bisect_left(milestones, step - 1),
    ),
    Case(
        "end at the last step",
        lr_scheduler.CosineAnnealingLR,
        COSINE,
        lambda step, **o: cosine(step, **{**o, "T_max": o["T_max"] - 1}),
        lambda step, **o: cosine(step, **{**o, "T_max": o["T_max"] - 2}),
    ),
    Case(
        "end at the last step",
        lr_scheduler.LinearLR,
        {"start_factor": 0.1, "total_iters": 10},
        lambda step, **o: warmed(step, **{**o, "total_iters": o["total_iters"] - 1}),
        lambda step, **o: warmed(step, **{**o, "total_iters": o["total_iters"] + 1}),
    ),
    Case(
        "decay at every step",
        lr_scheduler.StepLR,
        {"step_size": 7, "gamma": 0.5},
        lambda step, *, base_lr, step_size, gamma: base_lr * gamma ** (step / step_size),
        lambda step, *, base_lr, step_size, gamma: base_lr * gamma ** (step / (step_size + 1)),
    ),
    Case(
        "patience reached",
        lr_scheduler.ReduceLROnPlateau,
        {"patience": 3, "factor": 0.5, "threshold": 0.0},
        Plateau(0),
        Plateau(-1),
        METRICS,
    ),
    Case(
        "factor for rate",
        lr_scheduler.ExponentialLR,
        {"gamma": 0.9},
        lambda step, *, base_lr, gamma: gamma**step,
        lambda step, *, base_lr, gamma: gamma ** (step + 2),
    ),
    Case(
        "factor for rate",
        lr_scheduler.CosineAnnealingLR,
        COSINE,
        lambda step, *, base_lr, **o: cosine(step, base_lr, **o) / base_lr,
        lambda step, *, base_lr, **o: cosine(step, base_lr, **o) / base_lr**2,
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_another_convention_is_refused_by_its_name_and_accepted_by_it(case: Case) -> None:
    require_named_and_accepted(case)
    others = tuple(SCHEDULES.keys() - {case.name})
    assert not case.judge(case.own, accept=others).ok


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_wrong_schedule_is_refused_by_every_convention(case: Case) -> None:
    require_unexplained(case, SCHEDULES)


def test_the_twins_own_schedule_matches_whatever_is_accepted() -> None:
    report = CASES[0].judge(cosine_at, accept=tuple(SCHEDULES))
    assert report.ok, report
    assert report.notes == ()


def cosine_at(step: int, **options: float) -> float:
    return cosine(step, **options)


def test_every_convention_of_schedules_is_tried() -> None:
    assert {case.name for case in CASES} == SCHEDULES.keys()
