"""Calls of the functions that judge training: a wrong argument is named, with what was expected and what came."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import optim
from torch.optim import lr_scheduler

import gradtwin
from gradtwin.core.errors import UsageError
from scratch.optimizers import adam

X = np.ones(3)


class _Descent:
    """Gradient descent."""

    def __init__(self, lr: float = 0.1) -> None:
        self.lr = lr

    def step(self, params: Any, grads: Any) -> Any:
        return [p - self.lr * g for p, g in zip(params, grads, strict=True)]


def _raising(*arguments: Any) -> Any:
    raise KeyError("of the user's own")


def _backward(params: Any, x: Any) -> Any:
    return (params[0] * x).sum(), [x]


def _optimizer(**changed: Any) -> gradtwin.Report:
    arguments: dict[str, Any] = {"optimizer": _Descent, "twin": optim.SGD, "options": {"lr": 0.1}, "steps": 2}
    arguments |= changed
    return gradtwin.check_optimizer(arguments.pop("optimizer"), **arguments)


def _training(**changed: Any) -> gradtwin.Report:
    arguments: dict[str, Any] = {
        "value_and_grad": _backward,
        "optimizer": _Descent,
        "twin": lambda params, x: (params[0] * x).sum(),
        "twin_optimizer": optim.SGD,
        "params": {"w": X},
        "batches": [(X,)] * 2,
        "options": {"lr": 0.1},
    }
    arguments |= changed
    return gradtwin.check_training(arguments.pop("value_and_grad"), arguments.pop("optimizer"), **arguments)


def _scheduler(**changed: Any) -> gradtwin.Report:
    right = SimpleNamespace(lr=lambda step, *, base_lr, gamma: base_lr * gamma**step)
    arguments: dict[str, Any] = {"scheduler": right, "twin": lr_scheduler.ExponentialLR, "options": {"gamma": 0.9}}
    arguments |= changed
    return gradtwin.check_scheduler(arguments.pop("scheduler"), **arguments)


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    (_optimizer, {"options": {"learning_rate": 0.1}}, "'learning_rate'.*Nearest: lr"),
    (_optimizer, {"options": {"lr": 0.1, "momentum": 0.9}}, "'momentum'.*the suspect does not take it, twin does"),
    (_optimizer, {"options": ["lr"]}, "options to be a mapping"),
    (_optimizer, {"optimizer": lambda lr, beta: _Descent(lr)}, "options to hold beta, which the suspect asks for"),
    (_optimizer, {"optimizer": "descent"}, r"optimizer to be one of these: init\(param\) and step"),
    (_optimizer, {"twin": "SGD"}, "twin to be callable; got 'SGD'"),
    (_optimizer, {"twin": optim.SGD([torch.zeros(1)])}, "twin to be callable; got SGD"),
    (_optimizer, {"twin": dict, "options": {}}, "twin"),
    (_optimizer, {"params": [X]}, "params to be a dict"),
    (_optimizer, {"params": {}}, "params to hold at least one array"),
    (_optimizer, {"params": {"w": np.arange(3)}}, r"params\['w'\] to be floating"),
    (_optimizer, {"params": {"w": [[1.0], [1.0, 2.0]]}}, r"params\['w'\] to be an array"),
    (_optimizer, {"shapes": {"w": 3}}, r"shapes\['w'\] to be a tuple"),
    (_optimizer, {"gradients": None}, "gradients to be callable"),
    (_optimizer, {"gradients": "tipical"}, "gradients to be one of.*Nearest: typical"),
    (_optimizer, {"gradients": _raising}, "gradients.*raised KeyError"),
    (_optimizer, {"gradients": lambda rng, step, shape: np.ones(7)}, r"gradients.*got float64 of shape \(7,\)"),
    (_optimizer, {"gradients": "rows"}, "gradients by rows"),
    (_optimizer, {"steps": 0}, "steps to be a whole number of at least 1; got 0"),
    (_optimizer, {"steps": 2.5}, "steps to be a whole number"),
    (_optimizer, {"own_options": {"weigth": {"lr": 0.2}}}, "own_options to be one of.*Nearest: weight"),
    (_optimizer, {"own_options": {"weight": 0.2}}, r"own_options\['weight'\] to be a dict"),
    (_optimizer, {"variant": "forech"}, "variant to be one of.*Nearest: foreach"),
    (_optimizer, {"dtypes": "float32"}, "dtypes to be a sequence"),
    (_optimizer, {"dtypes": ("float23",)}, "dtypes to be one of.*Nearest: float32"),
    (_optimizer, {"device": None}, "device to be cpu, cuda or cuda:N; got None"),
    (_optimizer, {"seed": "one"}, "seed to be a whole number of 0 or more; got 'one'"),
    (
        _optimizer,
        {"optimizer": adam, "twin": optim.Adam, "state_names": {"exp_avg": "exp_avgg"}},
        r"state_names\['exp_avg'\] to be one of.*Nearest: exp_avg",
    ),
    (_training, {"value_and_grad": None}, "value_and_grad to be callable"),
    (_training, {"twin": lambda params, x: params[0] * x}, r"twin to return the loss.*got shape \(3,\)"),
    (_training, {"batches": []}, "batches to hold at least one step"),
    (_training, {"batches": 3}, "batches to be a list or tuple"),
    (_training, {"batches": [X, X]}, r"batches\[0\] to be a tuple.*write \[\(x,\) for x in batches\]"),
    (_training, {"metric": "accuracy"}, "metric to be callable"),
    (_training, {"metric": _raising}, "metric.*raised KeyError"),
    (_training, {"late": 0}, "late to be a whole number of at least 1"),
    (_scheduler, {"options": {"gama": 0.9}}, "'gama'.*Nearest: gamma"),
    (_scheduler, {"options": {}}, "options to hold gamma"),
    (_scheduler, {"twin": None}, "twin to be callable"),
    (_scheduler, {"scheduler": "exponential"}, "scheduler to have lr"),
    (_scheduler, {"steps": -1}, "steps to be a whole number"),
    (_scheduler, {"base_lr": "fast"}, "base_lr to be a number above 0; got 'fast'"),
    (_scheduler, {"metrics": []}, "metrics to be numbers"),
]


@pytest.mark.parametrize(("judge", "changed", "named"), WRONG, ids=lambda x: x if isinstance(x, str) else "")
def test_a_wrong_argument_is_named(judge: Any, changed: dict[str, Any], named: str) -> None:
    with pytest.raises(UsageError, match=named):
        judge(**changed)


@pytest.mark.parametrize("judge", [_optimizer, _training, _scheduler])
def test_the_call_that_is_changed_is_right(judge: Any) -> None:
    report = judge()
    assert report.verdict == "match", report


@pytest.mark.parametrize(
    ("returned", "named"),
    [
        (X, "ndarray where the loss and a list of gradients are due"),
        ((1.0, []), "0 gradients of 1 parameters"),
        ((1.0, [None]), "None for gradient 0"),
    ],
    ids=["no loss", "too few", "None"],
)
def test_a_backward_of_another_form_is_the_suspects_own_fault(returned: Any, named: str) -> None:
    report = _training(value_and_grad=lambda params, x: returned)
    assert report.verdict == "structure", report
    assert named in str(report)


def test_a_schedule_that_returns_no_number_is_the_suspects_own_fault() -> None:
    report = _scheduler(scheduler=SimpleNamespace(lr=lambda step, *, base_lr, gamma: np.ones(2)))
    assert report.verdict == "structure", report
    assert "is no number at step 0 but ndarray" in str(report)
