"""Optimizers in the forms that people write them in: the right one matches in each, and a slip is named in each."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.training.renaming import Renaming
from parity_tests.oracle.optimizer_forms import FORMS, OPTIONS, RIGHT, SLIPS

SHAPES = {"weight": (2, 3), "scale": ()}


def _judge(optimizer: Any, twin: Any = torch.optim.AdamW, **changed: Any) -> gradtwin.Report:
    how: dict[str, Any] = {"options": OPTIONS, "shapes": SHAPES, "steps": 6, "dtypes": ("float64",)}
    return gradtwin.check_optimizer(optimizer, twin=twin, **{**how, **changed})


@pytest.mark.parametrize("name", FORMS)
def test_the_right_optimizer_matches_in_every_form(name: str) -> None:
    make, words = FORMS[name]
    report = _judge(make(RIGHT))
    assert report.ok, report
    assert words in report.form


@pytest.mark.slow
@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("name", FORMS)
def test_a_slip_is_refused_in_every_form_and_named_alike(name: str, slip: str) -> None:
    make, _ = FORMS[name]
    rule, words = SLIPS[slip]
    report = _judge(make(rule))
    assert report.verdict == "mismatch", report
    assert words in str(report), report


class _Velocity:
    """Descent with momentum, whose velocity begins and goes on with these shares of the gradient."""

    def __init__(self, lr: float = 0.001, momentum: float = 0.0, first: float = 1.0, others: float = 1.0) -> None:
        self.lr, self.momentum, self.first, self.others = lr, momentum, first, others
        self.velocity: dict[int, Any] = {}

    def step(self, params: Any, grads: Any) -> Any:
        for i, (p, g) in enumerate(zip(params, grads, strict=True)):
            before = self.velocity.get(i)
            self.velocity[i] = self.first * g if before is None else self.momentum * before + self.others * g
            p -= self.lr * self.velocity[i]


def _velocity(first: float, others: float) -> Any:
    return lambda **options: _Velocity(**options, first=first, others=others)


MOMENTUM = {"lr": 0.1, "momentum": 0.75}


@pytest.mark.parametrize(
    ("first", "others", "words"),
    [
        (1.0, 1.0, ""),
        (1.0, 0.25, "momentum dampening"),
        (0.25, 0.25, "momentum as a running mean"),
        (-1.0, -1.0, "differs from the twin"),
    ],
)
def test_the_shares_of_a_velocity_are_told_apart(first: float, others: float, words: str) -> None:
    report = _judge(_velocity(first, others), torch.optim.SGD, options=MOMENTUM)
    assert report.ok == (not words), report
    assert words in str(report)


def _sgd(p: Any, g: Any, lr: float = 0.001, weight_decay: float = 0.0) -> Any:
    return p - lr * (g + weight_decay * p)


def _sgd_of_lists(params: Any, grads: Any, learning_rate: float = 0.001) -> Any:
    return [p - learning_rate * g for p, g in zip(params, grads, strict=True)]


def _sgd_in_place(grads: Any, params: Any, lr: float = 0.001) -> None:
    for name, g in grads.items():
        params[name] -= lr * g


def _ascent(w: Any, dw: Any, lr: float = 0.001) -> Any:
    return w + lr * dw


def _decay_at_the_end(p: Any, g: Any, lr: float = 0.001, weight_decay: float = 0.0) -> Any:
    return (p - lr * g) * (1 - lr * weight_decay)


@pytest.mark.parametrize(
    ("function", "options", "words"),
    [
        (_sgd, {}, "the function _sgd(params, grads), without a state, one parameter at a time"),
        (_sgd, {"lr": 0.1, "weight_decay": 0.1}, "one parameter at a time"),
        (_sgd_of_lists, {"lr": 0.1}, "of lists"),
        (_sgd_in_place, {"lr": 0.1}, "_sgd_in_place(grads, params), without a state, of dicts"),
    ],
)
def test_a_function_without_a_state_is_judged_in_lockstep(function: Any, options: Any, words: str) -> None:
    report = _judge(function, torch.optim.SGD, options=options)
    assert report.ok, report
    assert words in report.form
    assert report.tally.steps > 6


@pytest.mark.parametrize(
    ("function", "options"), [(_ascent, {"lr": 0.1}), (_decay_at_the_end, {"lr": 0.1, "weight_decay": 0.1})]
)
def test_a_wrong_function_without_a_state_is_refused(function: Any, options: Any) -> None:
    report = _judge(function, torch.optim.SGD, options=options)
    assert report.verdict == "mismatch", report
    assert report.findings[0].context.endswith("lockstep")


@pytest.mark.parametrize(
    ("options", "taken", "names"),
    [
        ({"lr": 0.1, "weight_decay": 0.1}, {"lr", "wd"}, {"weight_decay": ("wd",)}),
        ({"lr": 0.1, "weight_decay": 0.1}, {"lr", "wd", "l2"}, {}),
        ({"alpha": 0.9, "momentum": 0.1}, {"beta"}, {}),
    ],
)
def test_a_name_that_may_stand_for_two_options_and_two_names_for_one_stand_for_none(
    options: Any, taken: Any, names: Any
) -> None:
    assert Renaming.of(options, taken, options).names == names


def test_options_by_other_names_are_passed_by_those_and_the_report_says_so() -> None:
    make, _ = FORMS["options by other names"]
    notes = _judge(make(RIGHT)).notes
    assert "lr is passed as learning_rate" in notes
    assert "betas is passed as beta1 and beta2" in notes


@pytest.mark.parametrize(
    ("optimizer", "options", "named"),
    [
        (_Velocity, {"lr": 0.1, "nesterov": True}, "'nesterov': the suspect does not take it, twin does"),
        (_sgd_of_lists, {"momentum": 0.9}, "'momentum': the suspect does not take it"),
        (lambda learning_rate: _Velocity(learning_rate), {}, "options to hold learning_rate"),
        (object(), {}, r"optimizer to be one of these.*These two lines make one of it"),
        (lambda lr: 3, {"lr": 0.1}, "optimizer to be one of these.*got 3"),
    ],
)
def test_what_cannot_be_called_so_is_named(optimizer: Any, options: Any, named: str) -> None:
    with pytest.raises(UsageError, match="(?s)" + named):
        _judge(optimizer, torch.optim.SGD, options=options)


def test_what_returns_something_else_than_its_form_promises_is_told_so() -> None:
    pair = SimpleNamespace(init=lambda params: None, update=lambda grads, state, params: grads)
    report = _judge(pair, torch.optim.SGD, options={}, shapes={"weight": (2, 3)})
    assert report.verdict == "structure", report
    assert "returns list where updates and a state are due" in str(report)


def test_a_default_that_differs_from_the_twins_is_a_difference() -> None:
    assert _judge(_Velocity, torch.optim.SGD, options=None).ok
    report = _judge(lambda learning_rate=0.01: _Velocity(learning_rate), torch.optim.SGD, options=None)
    assert report.verdict == "mismatch", report
    assert "left to the defaults, which differ: learning_rate=0.01, the twin's lr=0.001" in report.notes
    report = _judge(lambda learning_rate=0.01: _Velocity(learning_rate), torch.optim.SGD, options={"lr": 0.01})
    assert not any("defaults" in note for note in report.notes)


def test_an_object_is_left_as_it_was_and_its_options_are_its_own() -> None:
    own = _Velocity(**MOMENTUM)
    report = _judge(own, torch.optim.SGD, options=MOMENTUM)
    assert report.ok, report
    assert any("options are those of the object of _Velocity" in note for note in report.notes)
    assert own.velocity == {}
    assert not _judge(own, torch.optim.SGD, options={**MOMENTUM, "momentum": 0.5}).ok


@pytest.mark.parametrize("name", ["lists in place", "torch's", "a tuple", "one parameter at a time", "a config"])
def test_parameters_may_have_options_of_their_own(name: str) -> None:
    make, _ = FORMS[name]
    report = _judge(make(RIGHT), own_options={"scale": {"lr": 0.1}})
    assert report.ok, report
    assert not _judge(make(RIGHT), own_options={"scale": {"weight_decay": 0.0}}, twin=_deaf(torch.optim.AdamW)).ok


def _deaf(base: Any) -> Any:
    """Return a class of torch that takes the options of its first group for all."""

    def step(self: Any, closure: Any = None) -> Any:
        first = {k: x for k, x in self.param_groups[0].items() if k != "params"}
        for group in self.param_groups:
            group.update(first)
        return base.step(self, closure)

    return type(base.__name__, (base,), {"step": step})


def test_a_suspect_that_takes_one_group_for_all_is_refused() -> None:
    how: dict[str, Any] = {"twin": torch.optim.SGD, "options": {"lr": 0.1}, "own_options": {"scale": {"lr": 0.2}}}
    assert _judge(torch.optim.SGD, **how).ok
    assert _judge(_deaf(torch.optim.SGD), **how).verdict == "mismatch"


X = np.random.default_rng(0).standard_normal((6, 3))
Y = X @ np.array([1.0, -2.0, 0.5])


def _squares(params: Any, x: Any, y: Any) -> Any:
    (w,) = params
    return ((x @ w - y) ** 2).mean()


def _with_gradient(params: Any, x: Any, y: Any) -> Any:
    return _squares(params, x, y), [2 * x.T @ (x @ params[0] - y) / len(y)]


def _train(optimizer: Any, **changed: Any) -> gradtwin.Report:
    how: dict[str, Any] = {"twin": _squares, "twin_optimizer": torch.optim.AdamW, "options": OPTIONS}
    how |= {"params": {"w": np.full(3, 0.1)}, "batches": [(X, Y)] * 6}
    return gradtwin.check_training(_with_gradient, optimizer, **{**how, **changed})


@pytest.mark.parametrize(
    "name",
    [
        "a tuple",
        "dicts in place",
        "made of tensors",
        "an object",
        "torch's by other names",
        "updates to be added",
        "layers",
    ],
)
def test_the_forms_are_those_of_whole_trainings_too(name: str) -> None:
    make, words = FORMS[name]
    report = _train(make(RIGHT))
    assert report.ok, report
    assert words in report.form
    rule, cause = SLIPS["no bias correction"]
    assert cause in str(_train(make(rule)))


DECAY: dict[str, Any] = {
    "scheduler": lambda step, base_lr, gamma: base_lr * gamma**step,
    "twin_scheduler": torch.optim.lr_scheduler.ExponentialLR,
    "scheduler_options": {"gamma": 0.8},
}


@pytest.mark.parametrize("name", ["a tuple", "torch's", "torch's by other names", "functions of dicts", "a config"])
def test_options_that_are_in_reach_follow_a_schedule(name: str) -> None:
    report = _train(FORMS[name][0](RIGHT), **DECAY)
    assert report.ok, report


def test_options_that_are_out_of_reach_follow_no_schedule() -> None:
    with pytest.raises(UsageError, match="no scheduler for an optimizer whose options are out of reach"):
        _train(FORMS["lists in place"][0](RIGHT), **DECAY)
