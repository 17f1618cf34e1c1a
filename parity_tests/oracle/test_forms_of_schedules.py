"""Schedules in the forms that people write them in: the right one matches in each, and a wrong one in none."""

import itertools
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from torch.optim import lr_scheduler

import gradtwin
from gradtwin.core.errors import UsageError

OPTIONS = {"step_size": 4, "gamma": 0.5}
Rate = Callable[[int, float, int, float], float]


def right(step: int, base_lr: float, step_size: int, gamma: float) -> float:
    return base_lr * gamma ** (step // step_size)


def late(step: int, base_lr: float, step_size: int, gamma: float) -> float:
    return right(max(step - 1, 0), base_lr, step_size, gamma)


def _judge(scheduler: Any, **changed: Any) -> gradtwin.Report:
    how: dict[str, Any] = {"twin": lr_scheduler.StepLR, "options": OPTIONS, "base_lr": 0.1, "steps": 14}
    return gradtwin.check_scheduler(scheduler, **{**how, **changed})


class _Base:
    """A schedule of a rule, which counts its steps."""

    rule: Any = staticmethod(right)

    def __init__(self, base_lr: float, step_size: int, gamma: float) -> None:
        self.base_lr, self.step_size, self.gamma, self.t = base_lr, step_size, gamma, 0

    def now(self) -> float:
        """Return the rate at this step."""
        return float(self.rule(self.t, self.base_lr, self.step_size, self.gamma))


class _ShowsByMethod(_Base):
    def step(self) -> None:
        self.t += 1

    def get_last_lr(self) -> list[float]:
        return [self.now()]


class _ShowsByAttribute(_Base):
    def __init__(self, learning_rate: float, step_size: int, gamma: float) -> None:
        super().__init__(learning_rate, step_size, gamma)
        self.lr = self.now()

    def step(self) -> None:
        self.t += 1
        self.lr = self.now()


class _KeepsItsFirstRate(_ShowsByMethod):
    """`lr` stays at the rate to begin with."""

    def __init__(self, lr: float, step_size: int, gamma: float) -> None:
        super().__init__(lr, step_size, gamma)
        self.lr = lr


class _IsToldTheStep(_ShowsByAttribute):
    def step(self, epoch: int) -> None:  # type: ignore[override]
        self.t = epoch
        self.lr = self.now()


class _Returns(_Base):
    def step(self) -> float:
        self.t += 1
        return self.now()


class _IsCalled(_Base):
    def __call__(self) -> float:
        self.t += 1
        return float(self.rule(self.t - 1, self.base_lr, self.step_size, self.gamma))


class _IsCalledWithTheStep(_Base):
    def __call__(self, step: int) -> float:
        return float(self.rule(step, self.base_lr, self.step_size, self.gamma))


class _MayBeToldTheStep(_Base):
    def __init__(self, init_value: float, step_size: int, gamma: float) -> None:
        super().__init__(init_value, step_size, gamma)

    def __call__(self, step: Any = None, loss: Any = None) -> float:
        assert loss is None
        return self.rule(step, self.base_lr, self.step_size, self.gamma)  # type: ignore[no-any-return]


class _WritesIntoGroups(_Base):
    def __init__(self, optimizer: Any, step_size: int, gamma: float) -> None:
        super().__init__(optimizer.param_groups[0]["lr"], step_size, gamma)
        self.optimizer = optimizer

    def step(self) -> None:
        self.t += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.now()


class _WritesIntoAnAttribute(_Base):
    def __init__(self, optimizer: Any, step_size: int, gamma: float) -> None:
        super().__init__(optimizer.lr, step_size, gamma)
        self.optimizer = optimizer

    def step(self) -> None:
        self.t += 1
        self.optimizer.lr = self.now()


class _OfTorch(lr_scheduler.LRScheduler):
    rule: Any = staticmethod(right)

    def __init__(self, optimizer: Any, step_size: int, gamma: float) -> None:
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def get_lr(self) -> list[Any]:
        return [self.rule(self.last_epoch, base_lr, self.step_size, self.gamma) for base_lr in self.base_lrs]


def _class(base: Any) -> Callable[[Rate], Any]:
    return lambda rule: type(base.__name__, (base,), {"rule": staticmethod(rule)})


def _with_the_step_last(rule: Rate) -> Any:
    return lambda initial_lr, step_size, gamma, epoch: rule(epoch, initial_lr, step_size, gamma)


def _generator(rule: Rate) -> Any:
    def rates(base_lr: float, step_size: int, gamma: float) -> Any:
        for t in itertools.count():
            yield rule(t, base_lr, step_size, gamma)

    return rates


def _counting(rule: Rate) -> Any:
    steps = itertools.count()
    return lambda: rule(next(steps), 0.1, 4, 0.5)


def _makes_a_function(rule: Rate) -> Any:
    return lambda lr, step_size, gamma: lambda step: rule(step, lr, step_size, gamma)


FORMS: Mapping[str, tuple[Callable[[Rate], Any], str]] = {
    "a module": (lambda rule: SimpleNamespace(lr=rule), "lr(step) in closed form"),
    "a function of the step": (lambda rule: rule, "of the step"),
    "a function with the step last": (_with_the_step_last, "of the step"),
    "a list": (lambda rule: [rule(t, 0.1, 4, 0.5) for t in range(15)], "a list of 15 rates"),
    "a short list": (lambda rule: [rule(t, 0.1, 4, 0.5) for t in range(7)], "a list of 7 rates"),
    "an array": (lambda rule: np.array([rule(t, 0.1, 4, 0.5) for t in range(15)]), "a list of 15 rates"),
    "an iterator": (lambda rule: (rule(t, 0.1, 4, 0.5) for t in range(9)), "an iterator, which yields 9 rates"),
    "an endless iterator": (lambda rule: _generator(rule)(0.1, 4, 0.5), "an iterator, which yields 15 rates"),
    "a generator function": (_generator, "rates in what rates makes"),
    "a function that is called at every step": (_counting, "an iterator, which yields 15 rates"),
    "a function that makes one": (_makes_a_function, "called with (step)"),
    "a class that shows its rate by a method": (_class(_ShowsByMethod), "step()"),
    "a class that shows its rate by an attribute": (_class(_ShowsByAttribute), "step()"),
    "a class that keeps its first rate": (_class(_KeepsItsFirstRate), "step()"),
    "a class that is told the step": (_class(_IsToldTheStep), "step(step)"),
    "a class whose steps return the rate": (_class(_Returns), "step()"),
    "a class that is called": (_class(_IsCalled), "called with ()"),
    "a class that is called with the step": (_class(_IsCalledWithTheStep), "called with (step)"),
    "a class that may be told the step": (_class(_MayBeToldTheStep), "called with (step)"),
    "an object": (lambda rule: _class(_ShowsByMethod)(rule)(0.1, 4, 0.5), "an object of _ShowsByMethod, step()"),
    "an object that is called": (lambda rule: _class(_IsCalled)(rule)(0.1, 4, 0.5), "an object of _IsCalled"),
    "a class that writes into groups": (_class(_WritesIntoGroups), "made of an optimizer"),
    "a class that writes into an attribute": (_class(_WritesIntoAnAttribute), "made of an optimizer"),
    "torch's": (_class(_OfTorch), "made of an optimizer"),
    "a function that makes torch's": (
        lambda rule: lambda optimizer, **options: _class(_OfTorch)(rule)(optimizer, **options),
        "made of an optimizer",
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_right_schedule_matches_in_every_form(name: str) -> None:
    make, words = FORMS[name]
    report = _judge(make(right))
    assert report.ok, report
    assert words in report.form


@pytest.mark.parametrize("name", FORMS)
def test_a_schedule_that_is_late_is_refused_in_every_form(name: str) -> None:
    report = _judge(FORMS[name][0](late))
    assert report.verdict == "mismatch", report
    assert 'accept="rate of the step before"' in str(report)


@pytest.mark.parametrize("name", FORMS)
def test_a_schedule_that_is_wrong_is_refused_in_every_form(name: str) -> None:
    def wrong(step: int, base_lr: float, step_size: int, gamma: float) -> float:
        return base_lr * (gamma ** (step // step_size) if step < 6 else 0.3)

    report = _judge(FORMS[name][0](wrong))
    assert report.verdict == "mismatch", report
    assert "another convention" not in str(report)


def test_a_list_is_judged_for_its_length() -> None:
    rates = [right(t, 0.1, 4, 0.5) for t in range(6)]
    assert _judge([*rates, 0.05, 0.05, 0.025]).ok
    report = _judge([*rates, 0.05, 0.05, 0.05])
    assert report.verdict == "mismatch", report
    assert report.findings[0].index == (8,)


def test_rates_that_a_function_makes_are_judged_for_their_length() -> None:
    def rates(base_lr: float, step_size: int, gamma: float) -> list[float]:
        return [right(t, base_lr, step_size, gamma) for t in range(6)]

    assert _judge(rates).ok
    assert _judge(lambda lr, **options: iter(rates(lr, **options))).ok
    assert not _judge(lambda lr, **options: [*rates(lr, **options), 0.1]).ok


def test_an_object_is_left_as_it_was() -> None:
    own = _ShowsByMethod(0.1, 4, 0.5)
    report = _judge(own)
    assert report.ok, report
    assert own.t == 0
    assert any("options are those of the object of _ShowsByMethod" in note for note in report.notes)


def test_a_schedule_is_told_its_metrics() -> None:
    metrics = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]

    class Plateau:
        more = 0

        def __init__(self, optimizer: Any, patience: int, factor: float) -> None:
            self.group, self.patience, self.factor = optimizer.param_groups[0], patience, factor
            self.best, self.bad = np.inf, 0

        def step(self, metric: float) -> None:
            self.best, self.bad = (metric, 0) if metric < self.best * (1 - 1e-4) else (self.best, self.bad + 1)
            if self.bad > self.patience + self.more:
                self.group["lr"] *= self.factor
                self.bad = 0

    how: dict[str, Any] = {"twin": lr_scheduler.ReduceLROnPlateau, "options": {"patience": 1, "factor": 0.5}}
    assert _judge(Plateau, metrics=metrics, **how).ok
    assert not _judge(type("Plateau", (Plateau,), {"more": 1}), metrics=metrics, **how).ok


class _TwoRates(_ShowsByMethod):
    @property
    def lr(self) -> float:
        """The rate of the step before."""
        return float(right(max(self.t - 1, 0), self.base_lr, self.step_size, self.gamma))


@pytest.mark.parametrize(
    ("scheduler", "changed", "named"),
    [
        (_TwoRates, {}, "scheduler to show one rate; got get_last_lr, lr, which disagree"),
        ([], {}, "at least one rate"),
        (iter(()), {}, "at least one rate"),
        (SimpleNamespace(), {}, "scheduler to have lr.*a function of the step.*These two lines make one of it"),
        (0.1, {}, "scheduler to have lr.*got 0.1"),
        (lambda step: 0.1, {}, "'step_size': the suspect does not take it, twin does"),
        ([0.1] * 5, {"metrics": [1.0, 1.0]}, "metrics to hold one number for each of the 4 steps"),
        (torch.zeros(2, 2), {}, "scheduler to have lr"),
    ],
)
def test_what_cannot_be_read_is_named(scheduler: Any, changed: Any, named: str) -> None:
    with pytest.raises(UsageError, match="(?s)" + named):
        _judge(scheduler, **changed)


def test_a_factor_of_the_rate_is_named_and_accepted() -> None:
    def factor(step: int, step_size: int, gamma: float) -> float:
        return gamma ** (step // step_size)

    report = _judge(factor)
    assert 'accept="factor for rate"' in str(report), report
    assert _judge(factor, accept="factor for rate").ok
    assert not _judge(lambda step, step_size, gamma: gamma**step, accept="factor for rate").ok


def test_a_rate_that_is_no_number_is_the_suspects_own_fault() -> None:
    report = _judge(["fast", "slow"])
    assert report.verdict == "structure", report
    assert _judge(lambda step, step_size, gamma: 1 / 0).verdict == "crash"


def test_a_schedule_of_jax_is_judged_in_the_precision_that_it_is_judged_in() -> None:
    def rate(step: Any, base_lr: Any, step_size: int, gamma: float) -> Any:
        return base_lr * jnp.power(gamma, jnp.floor_divide(step, step_size))

    def narrow(step: Any, base_lr: Any, step_size: int, gamma: float) -> Any:
        return rate(step, jnp.float32(base_lr), step_size, gamma)

    assert _judge(rate).ok
    assert _judge(narrow).verdict == "imprecise"
