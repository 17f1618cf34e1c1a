"""Keys: a quantity is told from another one by its role, whatever parameters and fields of the state are called."""

from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.key import LOSS, Key, gradient_of, parameter
from scratch.optimizers import adam, sgd


def _judge(optimizer: Any, twin: Any, *names: str, **options: Any) -> gradtwin.Report:
    params = {name: np.linspace(0.5, 2.0, 3) * (i + 1) for i, name in enumerate(names)}
    return gradtwin.check_optimizer(
        optimizer, twin=twin, params=params, options=options, steps=6, dtypes=("float64",), name="names"
    )


def test_keys_are_written_in_words() -> None:
    keys = (parameter("W"), gradient_of("W"), Key("exp_avg", "W"), LOSS)
    assert [str(key) for key in keys] == ["W", "gradient of W", "exp_avg of W", "loss"]


def test_roles_never_collide() -> None:
    keys = (parameter("x"), gradient_of("x"), LOSS, Key("parameter", "x"), Key("gradient", "x"), Key("loss", ""))
    assert len(set(keys)) == len(keys)
    assert [key.is_counter for key in (Key("step", "x"), gradient_of("step"), parameter("step of x"))] == [1, 0, 0]


@pytest.mark.parametrize(
    "names", [("step of a",), ("W", "exp_avg of W"), ("W", "gradient of W"), ("loss",), ("W", "step of W")]
)
@pytest.mark.parametrize(("optimizer", "twin"), [(sgd, torch.optim.SGD), (adam, torch.optim.Adam)])
def test_a_parameter_may_be_called_anything(optimizer: Any, twin: Any, names: tuple[str, ...]) -> None:
    report = _judge(optimizer, twin, *names, lr=0.1)
    assert report.verdict == "match", report
    wrong = SimpleNamespace(init=optimizer.init, step=lambda p, g, s, lr: optimizer.step(p, g, s, lr=1.001 * lr))
    report = _judge(wrong, twin, *names, lr=0.1)
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", names[0])


class _Keeping(torch.optim.SGD):
    """SGD that steps along the gradient of the step before, which it keeps in its state under that name."""

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        for p in self.param_groups[0]["params"]:
            before = self.state[p].get("gradient", torch.zeros_like(p))
            self.state[p]["gradient"] = p.grad.clone()
            p.add_(before, alpha=-self.param_groups[0]["lr"])


class _Kept(NamedTuple):
    """The gradient of the step before."""

    gradient: Any


def test_a_field_of_the_state_may_be_called_gradient() -> None:
    def judge(factor: float) -> gradtwin.Report:
        def step(param: Any, grad: Any, state: _Kept, lr: float) -> Any:
            return param - lr * state.gradient, _Kept(factor * grad)

        optimizer = SimpleNamespace(init=lambda param, lr: _Kept(np.zeros_like(param)), step=step)
        return _judge(optimizer, _Keeping, "W", lr=0.1)

    report = judge(1.0)
    assert report.verdict == "match", report
    report = judge(1.001)
    assert (report.verdict, report.findings[0].quantity) == ("mismatch", "gradient of W")
