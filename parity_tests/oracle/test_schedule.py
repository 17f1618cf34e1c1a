"""Judging schedules: wrong ones are refused, with the step; right ones in other words are not."""

import math
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from gradtwin import check_scheduler
from gradtwin.core.errors import UsageError
from gradtwin.core.report import Report

COSINE = {"T_max": 20, "eta_min": 0.01}


def _cosine(lr: Any, **changed: Any) -> Report:
    twin = torch.optim.lr_scheduler.CosineAnnealingLR
    arguments: dict[str, Any] = {"twin": twin, "options": COSINE, "base_lr": 0.3, "name": "cosine"}
    return check_scheduler(SimpleNamespace(lr=lr), **{**arguments, **changed})


def _right(step: int, *, base_lr: float, T_max: int, eta_min: float) -> float:
    return eta_min + (base_lr - eta_min) * math.cos(math.pi * step / T_max / 2) ** 2


def test_the_same_curve_in_other_words_matches() -> None:
    report = _cosine(_right)
    assert report.ok, str(report)
    assert report.tally.controls > 0


def _linear(step: int, *, base_lr: float, start_factor: float, end_factor: float, total_iters: int) -> float:
    return base_lr * (start_factor + (end_factor - start_factor) * min(step, total_iters) / total_iters)


@pytest.mark.parametrize("period", [1, 2, 7, 20])
def test_a_closed_form_matches_far_beyond_the_first_period(period: int) -> None:
    """Torch goes from step to step, through rates of 0; a cosine of a large angle rounds more than it does."""
    options = {"T_max": period, "eta_min": 0.0}

    def textbook(step: int, *, base_lr: float, T_max: int, eta_min: float) -> float:
        return eta_min + (base_lr - eta_min) * (1 + math.cos(math.pi * step / T_max)) / 2

    def long(step: int, **options: Any) -> float:
        return textbook(step, **{**options, "T_max": period * (1 + 1e-10)})

    report = _cosine(textbook, options=options, steps=200)
    assert report.ok, str(report)
    assert _cosine(long, options=options, steps=200).verdict == "mismatch"


def test_a_closed_form_matches_where_the_rate_ends_at_zero() -> None:
    options = {"start_factor": 1.0, "end_factor": 0.0, "total_iters": 33}
    report = _cosine(_linear, twin=torch.optim.lr_scheduler.LinearLR, options=options)
    assert report.ok, str(report)


class _Exponential(torch.optim.lr_scheduler.CosineAnnealingLR):
    """A schedule that inherits the closed form of another."""

    def get_lr(self) -> list[Any]:
        return [group["lr"] * (1.0 if self.last_epoch == 0 else 0.9) for group in self.optimizer.param_groups]


def test_a_closed_form_that_is_not_the_twins_own_grants_nothing() -> None:
    assert _cosine(_right, twin=_Exponential).verdict == "mismatch"
    report = _cosine(lambda step, *, base_lr, T_max, eta_min: base_lr * 0.9**step, twin=_Exponential)
    assert report.ok, str(report)


@pytest.mark.parametrize(
    ("wrong", "first"),
    [
        (lambda t, **o: _right(t + 1, **o), 0),
        (lambda t, **o: _right(t, **{**o, "T_max": o["T_max"] + 1}), 1),
        (lambda t, **o: _right(t, **{**o, "eta_min": 0.0}), 1),
        (lambda t, **o: _right(t, **o) * (1 + 1e-12), 0),
        (lambda t, **o: -_right(t, **o), 0),
        (lambda t, **o: _right(min(t, 30), **o), 31),
        (lambda t, **o: math.nan if t == 7 else _right(t, **o), 7),
    ],
    ids=["a step early", "a longer period", "no eta_min", "one part in 10^12", "a sign", "a stop", "NaN"],
)
def test_a_wrong_curve_is_refused(wrong: Any, first: int) -> None:
    report = _cosine(wrong)
    assert report.verdict == "mismatch", str(report)
    assert report.findings[0].quantity == "lr"
    index = report.findings[0].index
    assert index is not None
    assert index[0] >= first


def test_a_wrong_momentum_is_refused() -> None:
    def lr(step: int, *, base_lr: float, **options: Any) -> float:
        return base_lr

    suspect = SimpleNamespace(lr=lr, momentum=lambda step, **options: 0.9 if step < 9 else 0.8)
    report = check_scheduler(suspect, twin=torch.optim.lr_scheduler.ConstantLR, options={"factor": 1.0})
    assert report.verdict == "mismatch"
    assert {f.quantity for f in report.findings} == {"momentum"}


def test_a_curve_that_does_not_repeat_is_impure() -> None:
    calls: list[int] = []

    def lr(step: int, **options: Any) -> float:
        calls.append(step)
        return 0.1 + len(calls)

    assert _cosine(lr).verdict == "impure"


def test_a_crash_is_reported() -> None:
    assert _cosine(lambda step, **options: 1 / 0).verdict == "crash"


def test_bad_calls_are_usage_errors() -> None:
    with pytest.raises(UsageError, match="lr, or init and step"):
        check_scheduler(SimpleNamespace(), twin=torch.optim.lr_scheduler.ExponentialLR)
    with pytest.raises(UsageError, match="options"):
        _cosine(_right, options={"T": 3})
