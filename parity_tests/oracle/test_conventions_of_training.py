"""Training by another convention of the loss or the optimizer: refused with its name, and a match by it."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler

import gradtwin
from parity_tests.oracle.test_conventions_of_optimizers import Adam
from scratch.optimizers import sgd

RNG = np.random.default_rng(0)
PARAMS = {"weight": RNG.standard_normal((2, 3)), "bias": RNG.standard_normal(3)}
BATCHES = [(RNG.standard_normal((5, 2)), RNG.standard_normal((5, 3))) for _ in range(6)]
EPS_INSIDE = Adam(lambda v, correction, eps: np.sqrt(v / correction + eps))
WRONG_EPS = Adam(lambda v, correction, eps: np.sqrt(v / correction + 2 * eps))
ADAM = {"lr": 0.01, "eps": 1e-3, "weight_decay": 0.1}
EPS, HALF, ROWS, SUM = "eps inside the root", "half of the square", "sum over rows for mean", "sum for mean"


def linear(factor: float) -> Callable[..., Any]:
    """Return the loss and the gradients of a linear regression whose squares are added up and multiplied."""

    def value_and_grad(params: Any, x: Any, y: Any) -> Any:
        weight, bias = params
        rest = x @ weight + bias - y
        slope = 2 * factor * rest
        return factor * np.sum(rest**2), [x.T @ slope, slope.sum(0)]

    return value_and_grad


def linear_without_bias(params: Any, x: Any, y: Any) -> Any:
    loss, (weight, bias) = linear(1)(params, x, y)
    return loss, [weight, bias / 2]


def twin(params: Any, x: Any, y: Any) -> Any:
    return F.mse_loss(x @ params[0] + params[1], y)


@dataclass(frozen=True)
class Case:
    """A run in conventions, and one that is wrong by them too: a loss and an optimizer of each."""

    names: tuple[str, ...]
    own: tuple[Any, Any]
    wrong: tuple[Any, Any]

    def judge(self, loss: Any, optimizer: Any, **arguments: Any) -> gradtwin.Report:
        plain = optimizer is sgd
        how: dict[str, Any] = {
            "twin_optimizer": torch.optim.SGD if plain else torch.optim.Adam,
            "options": {"lr": 0.01} if plain else ADAM,
            **arguments,
        }
        return gradtwin.check_training(loss, optimizer, twin=twin, params=PARAMS, batches=BATCHES, name="run", **how)


CASES = (
    Case((SUM,), (linear(1), sgd), (linear(2 / 3), sgd)),
    Case((HALF,), (linear(1 / 30), sgd), (linear(1 / 45), sgd)),
    Case((ROWS,), (linear(1 / 5), sgd), (linear_without_bias, sgd)),
    Case((EPS,), (linear(1 / 15), EPS_INSIDE), (linear(1 / 15), WRONG_EPS)),
    Case((SUM, EPS), (linear(1), EPS_INSIDE), (linear(1), WRONG_EPS)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: " and ".join(case.names))
def test_another_convention_is_refused_by_its_name_and_accepted_by_it(case: Case) -> None:
    report = case.judge(*case.own)
    assert report.verdict == "mismatch", report
    assert f"another convention: {' and '.join(case.names)}; accept=" in report.findings[0].message
    accepted = case.judge(*case.own, accept=case.names)
    assert accepted.ok, accepted
    assert [note.split(":")[0] for note in accepted.notes] == [f"by the convention {name}" for name in case.names]


@pytest.mark.parametrize("case", CASES, ids=lambda case: " and ".join(case.names))
def test_a_wrong_run_is_refused_by_every_convention(case: Case) -> None:
    for report in (case.judge(*case.wrong), case.judge(*case.wrong, accept=case.names)):
        assert not report.ok, report
        assert "another convention" not in str(report)


def test_beside_an_accepted_loss_it_is_the_optimizer_that_is_blamed() -> None:
    report = CASES[-1].judge(*CASES[-1].wrong, accept=SUM)
    assert report.findings[0].quantity in PARAMS, report


def test_the_twins_own_run_matches_whatever_is_accepted() -> None:
    report = CASES[0].judge(linear(1 / 15), sgd, accept=(EPS, HALF, SUM))
    assert report.ok, report
    assert report.notes == ()


def test_a_schedule_in_another_convention_is_accepted_by_its_name() -> None:
    late = SimpleNamespace(lr=lambda step, *, base_lr, gamma: base_lr * gamma ** (step + 1))
    how = {"scheduler": late, "twin_scheduler": lr_scheduler.ExponentialLR, "scheduler_options": {"gamma": 0.5}}
    assert "another convention: rate of the step after" in str(CASES[0].judge(linear(1 / 15), sgd, **how))
    assert CASES[0].judge(linear(1 / 15), sgd, **how, accept="rate of the step after").ok
