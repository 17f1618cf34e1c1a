"""Defects of the oracle in what it says of optimizers: each takes one of its rules away, as in `planted`."""

from __future__ import annotations

import copy
import functools
import os
import random
from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import optim

from gradtwin import Report, check_optimizer, check_scheduler
from gradtwin.core import call, guards
from gradtwin.training import judge
from parity_tests.oracle.planted import Call, Defect
from scratch.optimizers import sgd

Array = NDArray[Any]


def _optimizer(suspect: Any, twin: Callable[..., Any] = optim.SGD, **how: Any) -> Call:
    """Return a check of an optimizer over a few steps of three numbers."""
    defaults: dict[str, Any] = {"shapes": {"weight": (3,)}, "steps": 6, "dtypes": ("float64",)}
    return lambda: check_optimizer(suspect, twin=twin, **{**defaults, **how})


def _schedule(
    lr: Callable[..., Any], twin: Callable[..., Any] = optim.lr_scheduler.ExponentialLR, options: Any = None
) -> Call:
    """Return a check of a schedule, which gets options of its own."""
    judge = functools.partial(check_scheduler, SimpleNamespace(lr=lr), twin=twin, steps=8)
    return lambda: judge(options=copy.deepcopy(options) or {"gamma": 0.9})


def _sorting(step: int, *, base_lr: float, milestones: list[int]) -> float:
    milestones.sort()
    return float(base_lr * 0.1 ** sum(step >= m for m in milestones))


class _Step(NamedTuple):
    """An optimizer of two functions."""

    init: Callable[..., Any]
    step: Callable[..., Any]


class _Writing:
    """Descent that writes into the gradients that it is given."""

    def __init__(self, lr: float = 1e-3) -> None:
        self.lr = lr

    def step(self, params: list[Array], grads: list[Array]) -> list[Array]:
        """Take a step, and leave the gradients changed."""
        after = [p - self.lr * g for p, g in zip(params, grads, strict=True)]
        for g in grads:
            g *= 2
        return after


class _Descent:
    """Descent, as an object."""

    def __init__(self, lr: float) -> None:
        self.lr = lr

    def step(self, params: list[Array], grads: list[Array]) -> None:
        """Take a step in place."""
        for p, g in zip(params, grads, strict=True):
            p -= self.lr * g


class _Itself:
    """An optimizer of torch in the clothes of NumPy."""

    def __init__(self, optimizer: Callable[..., Any]) -> None:
        self.optimizer = optimizer
        self.tensors: list[torch.Tensor] = []

    def step(self, params: Sequence[Array], grads: Sequence[Array]) -> list[Array]:
        """Take a step of torch."""
        if not self.tensors:
            self.tensors = [torch.from_numpy(np.array(p)) for p in params]
            self.made = self.optimizer(self.tensors)
        for tensor, p, g in zip(self.tensors, params, grads, strict=True):
            tensor.data, tensor.grad = torch.from_numpy(np.array(p)), torch.from_numpy(np.array(g))
        self.made.step()
        return [tensor.numpy().copy() for tensor in self.tensors]


class _Chance(optim.SGD):
    """Adds chance to the gradient."""

    def step(self, closure: Any = None) -> Any:
        """Take a step with chance in it."""
        for p in self.param_groups[0]["params"]:
            p.grad += torch.randn_like(p)
        return super().step(closure)


class _CountsOutside(optim.SGD):
    """Halves its gradient from the third step on, counted in an attribute."""

    calls = 0

    def step(self, closure: Any = None) -> Any:
        """Take a step and count it."""
        self.calls += 1
        for p in self.param_groups[0]["params"]:
            p.grad *= 0.5 if self.calls > 2 else 1.0
            self.state[p]["step"] = torch.tensor(float(self.calls))
        return super().step(closure)


class _Count(NamedTuple):
    """How many steps were made."""

    step: int


def _halving(param: Array, grad: Array, state: _Count) -> tuple[Array, _Count]:
    return param - 1e-3 * grad * (0.5 if state.step > 1 else 1.0), _Count(state.step + 1)


def _own_state_is_wrong() -> _Step:
    """Return descent with momentum that is wrong where it goes on from the very velocity that it returned."""
    own: list[Array] = []

    def step(param: Array, grad: Array, state: Any, **options: Any) -> Any:
        wrong = any(state.momentum_buffer is velocity for velocity in own)
        after, new = sgd.step(param, 2 * grad if wrong else grad, state, **options)
        own.append(new.momentum_buffer)
        return after, new

    return _Step(sgd.init, step)


def _state_is_ignored() -> _Step:
    """Return descent with momentum that remembers its velocities itself, by the parameters that they led to."""
    kept: dict[bytes, Array] = {}

    def init(param: Array, **options: Any) -> Any:
        kept.clear()
        return sgd.init(param, **options)

    def step(param: Array, grad: Array, state: Any, **options: Any) -> Any:
        after, new = sgd.step(param, grad, sgd.State(kept.get(param.round(6).tobytes())), **options)
        kept[after.round(6).tobytes()] = new.momentum_buffer
        return after, new

    return _Step(init, step)


def _late_to_write() -> _Step:
    """Return descent that writes into the gradients that it is given, but in none of its first calls."""
    calls: list[None] = []

    def step(param: Array, grad: Array, state: Any) -> Any:
        calls.append(None)
        after = sgd.step(param, grad, state)
        grad *= 2 if len(calls) > 15 else 1
        return after

    return _Step(sgd.init, step)


def _drawing(param: Array, grad: Array, state: Any) -> Any:
    torch.rand(1)
    return sgd.step(param, grad, state)


def _with_an_accident_in_init() -> Report:
    def init(param: Array, **options: Any) -> Any:
        os.environ["GRADTWIN_ACCIDENT"] = "1"
        return sgd.init(param, **options)

    try:
        return _optimizer(_Step(init, sgd.step))()
    finally:
        os.environ.pop("GRADTWIN_ACCIDENT", None)


def _without(*modes: str) -> Any:
    """Return how a run is guarded, without some of its modes."""
    guarded = judge._guarded
    return lambda mode, run: Report("") if mode.__name__ in modes else guarded(mode, run)


def _wide(lr: float) -> Any:
    return lambda param, grad, state: (param - np.float64(lr) * grad.astype(np.float64), state)


def _scaling(param: Array, grad: Array, state: Any, lr: float, momentum: float) -> Any:
    """Take a step with a velocity that is kept without the factor of the learning rate."""
    (moved,) = state
    moved = momentum * moved + lr * grad
    return param - moved, (moved,)


def _spoiling(param: Array, grad: Array, state: Any, lr: float, momentum: float) -> Any:
    """Take a step, and spoil the velocity after a gradient of zeros: such a step comes last."""
    (velocity,) = state
    velocity = momentum * velocity + grad
    return param - lr * velocity, (velocity * (1 if np.any(grad) else 1.001),)


def _begin(param: Array) -> tuple[Array]:
    return (np.zeros_like(param),)


def _zero_at_the_end(rng: np.random.Generator, step: int, shape: tuple[int, ...]) -> Array:
    return rng.standard_normal(shape) * (step < 5)


MOMENTUM = {"lr": 1e-3, "momentum": 0.9}
TRAINING = (
    Defect(
        "an update that cannot be seen proves nothing",
        "gradtwin.training.judge._Coverage.report",
        lambda self: Report(""),
        _optimizer(sgd, options={"lr": 1e-30}, dtypes=("float32",)),
        "inconclusive",
        "at no step would the bound refuse all altered updates",
    ),
    Defect(
        "an update that cannot be seen proves nothing running free alone",
        "gradtwin.training.judge._free_alone",
        judge._free_run,
        _optimizer(_Descent, options={"lr": 1e-30}, dtypes=("float32",)),
        "inconclusive",
        "at no step would the bound refuse all altered updates",
    ),
    Defect(
        "gradients stay as the caller gave them",
        "gradtwin.training.suspect.WATCHED_STEPS",
        0,
        _optimizer(_Writing),
        "impure",
    ),
    Defect(
        "what makes a state leaves the settings of the process as they were",
        "gradtwin.training.judge.Watch",
        lambda values, places, libraries: SimpleNamespace(settle=list),
        _with_an_accident_in_init,
        "impure",
        "the environment variables",
    ),
    Defect(
        "gradients stay as the caller gave them in every step",
        "gradtwin.training.judge.Watch",
        lambda values, places, libraries: guards.Watch({}, places, libraries=libraries),
        lambda: _optimizer(_late_to_write())(),
        "impure",
        "its batches",
    ),
    Defect(
        "random numbers that an optimizer draws are a note",
        "gradtwin.training.judge.SOURCES",
        (),
        _optimizer(_Step(sgd.init, _drawing)),
        "match",
        "random numbers of torch are drawn",
    ),
    Defect(
        "random numbers that a schedule draws are a note",
        "gradtwin.training.schedule.SOURCES",
        (),
        _schedule(lambda step, *, base_lr, gamma: base_lr * gamma**step + 0 * random.random()),
        "match",
        "random numbers of random are drawn",
    ),
    Defect(
        "a schedule leaves its options as they were",
        "gradtwin.training.schedule.observe",
        lambda function, arguments, options, *rest: call.attempt("lr", function, **options),
        _schedule(_sorting, optim.lr_scheduler.MultiStepLR, {"milestones": [5, 3]}),
        "impure",
        "option milestones",
    ),
    Defect(
        "state that the twin keeps is missed",
        "gradtwin.training.verdict.Scope.takes",
        lambda self, key, own: key in own,
        _optimizer(
            _Step(sgd.init, lambda p, g, s, lr, momentum: (p - lr * g, s)),
            options=MOMENTUM,
            steps=1,
        ),
        "structure",
        "is kept by the twin",
    ),
    Defect(
        "a twin that is left to chance proves nothing",
        "gradtwin.training.subject.Run.require_twin",
        lambda self: None,
        _optimizer(sgd, _Chance),
        "inconclusive",
        "not repeatable",
    ),
    Defect(
        "a twin that counts outside of its state is run free only",
        "gradtwin.training.twin.kept_elsewhere",
        lambda optimizer, scheduled: {},
        _optimizer(_Step(lambda param: _Count(0), _halving), _CountsOutside),
        "match",
        "judged running free only",
    ),
    Defect(
        "state that is no state of the twin's is not taken from it",
        "gradtwin.training.pairing._changes",
        lambda history, place: False,
        _optimizer(_Step(_begin, _scaling), options=MOMENTUM),
        "match",
        "lockstep not possible",
    ),
    Defect(
        "state by another name is judged",
        "gradtwin.training.pairing._by_value",
        lambda trial, places, named: {},
        _optimizer(_Step(_begin, _spoiling), options=MOMENTUM, gradients=_zero_at_the_end),
        "mismatch",
        "momentum_buffer of weight",
    ),
    Defect(
        "what does as a twin outside its own bound is no fault",
        "gradtwin.training.verdict._beside_the_twins_own",
        lambda key, got, truth, comparison: comparison,
        _optimizer(functools.partial(_Itself, optim.NAdam), optim.NAdam, steps=3),
        "match",
    ),
    Defect(
        "a run is judged running free",
        "gradtwin.training.judge._guarded",
        _without("_free_run", "_taken_over", "_handed_back"),
        lambda: _optimizer(_own_state_is_wrong(), options=MOMENTUM)(),
        "mismatch",
        "free run",
    ),
    Defect(
        "a run goes on from the state of the twin",
        "gradtwin.training.judge._guarded",
        _without("_taken_over", "_handed_back"),
        lambda: _optimizer(_state_is_ignored(), options=MOMENTUM)(),
        "mismatch",
        "taken over from the twin",
    ),
    Defect(
        "a wider parameter is a fault where the precision was asked for",
        "gradtwin.training.judge._Coverage.types",
        lambda self: Report(""),
        _optimizer(_Step(sgd.init, _wide(1e-3)), dtypes=("float32",)),
        "structure",
    ),
)
