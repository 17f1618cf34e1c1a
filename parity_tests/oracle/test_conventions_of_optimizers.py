"""Optimizers in another convention: refused with the name of it, a match by that name, and wrong ones by none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

import gradtwin
from gradtwin.core.errors import UsageError
from gradtwin.training.conventions import TWINS
from parity_tests.oracle.named import require_named_and_accepted, require_unexplained

Root = Callable[[Any, Any, float], Any]


class Moments(NamedTuple):
    step: float
    exp_avg: Any
    exp_avg_sq: Any


class Velocity(NamedTuple):
    momentum_buffer: Any


@dataclass(frozen=True)
class Adam:
    """Adam with a denominator made of the second moment, its correction and eps, and with either decay."""

    root: Root = lambda v, correction, eps: np.sqrt(v / correction) + eps
    decoupled: bool = False

    def init(self, param: Any, **options: Any) -> Moments:
        return Moments(0.0, np.zeros_like(param), np.zeros_like(param))

    def step(self, p: Any, g: Any, state: Moments, *, lr: float, eps: float, weight_decay: float) -> Any:
        t = state.step + 1
        p, g = (p * (1 - lr * weight_decay), g) if self.decoupled else (p, g + weight_decay * p)
        m, v = 0.9 * state.exp_avg + 0.1 * g, 0.999 * state.exp_avg_sq + 0.001 * g * g
        moved = p - lr * m / (1 - 0.9**t) / self.root(v, 1 - 0.999**t, eps)
        return moved.astype(p.dtype), Moments(t, m.astype(p.dtype), v.astype(p.dtype))


@dataclass(frozen=True)
class Momentum:
    """Momentum whose velocity takes shares of the first and of every other gradient, and moves by a share."""

    first: float
    others: float
    moves: float

    def init(self, param: Any, **options: Any) -> Velocity:
        return Velocity(np.zeros_like(param))

    def step(self, p: Any, g: Any, state: Velocity, *, lr: float, momentum: float) -> Any:
        share = self.others if np.any(state.momentum_buffer) else self.first
        v = momentum * state.momentum_buffer + share * g
        return (p - self.moves * v).astype(p.dtype), Velocity(v.astype(p.dtype))


@dataclass(frozen=True)
class Shrinking:
    """Momentum of parameters that shrink by so many decays."""

    decays: float

    def init(self, param: Any, **options: Any) -> Velocity:
        return Velocity(np.zeros_like(param))

    def step(self, p: Any, g: Any, state: Velocity, *, lr: float, momentum: float, weight_decay: float) -> Any:
        v = momentum * state.momentum_buffer + g
        return (p * (1 - self.decays * lr * weight_decay) - lr * v).astype(p.dtype), Velocity(v.astype(p.dtype))


ADAM = {"lr": 0.01, "eps": 1e-3, "weight_decay": 0.1}
SGD = {"lr": 0.1, "momentum": 0.75}


@dataclass(frozen=True)
class Case:
    """An optimizer in a convention, and one that is wrong by it too."""

    name: str
    twin: Any
    options: Mapping[str, float]
    own: Any
    wrong: Any

    def judge(self, optimizer: Any, /, **arguments: Any) -> gradtwin.Report:
        return gradtwin.check_optimizer(
            optimizer, twin=self.twin, options=self.options, steps=6, dtypes=("float64",), name=self.name, **arguments
        )


CASES = (
    Case(
        "eps inside the root",
        torch.optim.Adam,
        ADAM,
        Adam(lambda v, correction, eps: np.sqrt(v / correction + eps)),
        Adam(lambda v, correction, eps: np.sqrt(v / correction + 2 * eps)),
    ),
    Case(
        "eps before the bias correction",
        torch.optim.Adam,
        ADAM,
        Adam(lambda v, correction, eps: (np.sqrt(v) + eps) / np.sqrt(correction)),
        Adam(lambda v, correction, eps: (np.sqrt(v) + 2 * eps) / np.sqrt(correction)),
    ),
    Case("coupled decay for decoupled decay", torch.optim.AdamW, ADAM, Adam(), Adam(lambda v, c, eps: np.sqrt(v / c))),
    Case(
        "decoupled decay for coupled decay",
        torch.optim.Adam,
        ADAM,
        Adam(decoupled=True),
        Adam(lambda v, c, eps: np.sqrt(v / c), decoupled=True),
    ),
    Case(
        "decoupled decay for coupled decay",
        torch.optim.SGD,
        {**SGD, "weight_decay": 0.1},
        Shrinking(1),
        Shrinking(2),
    ),
    Case("momentum dampening", torch.optim.SGD, SGD, Momentum(1, 0.25, 0.1), Momentum(1, 0.5, 0.1)),
    Case("momentum as a running mean", torch.optim.SGD, SGD, Momentum(0.25, 0.25, 0.1), Momentum(0.5, 0.25, 0.1)),
    Case("lr inside the velocity", torch.optim.SGD, SGD, Momentum(0.1, 0.1, 1), Momentum(0.1, 0.1, 0.1)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_another_convention_is_refused_by_its_name_and_accepted_by_it(case: Case) -> None:
    require_named_and_accepted(case)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_wrong_optimizer_is_refused_by_every_convention(case: Case) -> None:
    require_unexplained(case, TWINS)


def test_every_convention_of_optimizers_is_tried() -> None:
    assert {case.name for case in CASES} == TWINS.keys()


def test_no_convention_is_taken_without_its_name() -> None:
    with pytest.raises(UsageError, match="Nearest: momentum dampening"):
        CASES[0].judge(CASES[0].own, accept="momentum damping")
    assert not CASES[0].judge(CASES[0].own, accept="eps before the bias correction").ok
