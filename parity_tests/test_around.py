"""Laws about what stands around an optimizer's step: decay as a loss term, accumulated gradients, clipping."""

from collections.abc import Callable, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_iris

import gradtwin
from reference.models import mlp as reference_mlp
from scratch.losses import l2_penalty
from scratch.models import mlp
from scratch.optimizers import adam, adamw, sgd
from scratch.training import clip_grad_norm

Array = NDArray[Any]
STEPS = 5
BATCH = 30
MICRO = (4, 15, 11)
"""Sizes of the micro-batches that a batch is cut into."""
MAX_NORM = 0.1
SGD = {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}
ADAM = {"lr": 0.01, "weight_decay": 0.1}


def _judge(
    optimizer: Any,
    twin_optimizer: Callable[..., Any],
    options: dict[str, Any],
    value_and_grad: Callable[..., Any] = mlp.value_and_grad,
) -> gradtwin.Report:
    """Judge the training of a small network on the iris data."""
    X, y = load_iris(return_X_y=True)
    rng = np.random.default_rng(0)
    params = dict(zip(("W1", "b1", "W2", "b2"), mlp.init((4, 8, 3), rng), strict=True))
    chosen = [rng.choice(len(X), BATCH, replace=False) for _ in range(STEPS)]
    return gradtwin.check_training(
        value_and_grad,
        optimizer,
        twin=reference_mlp.loss,
        twin_optimizer=twin_optimizer,
        params=params,
        batches=[(X[rows], y[rows]) for rows in chosen],
        options=options,
        dtypes=("float64",),
        name="around the step",
    )


def _with_penalty(optimizer: Any, factor: float = 1 / 2) -> Any:
    """Return an optimizer that descends the loss and the penalty, and knows no decay of its own.

    The penalty has `factor` times the decay as its `alpha`. The oracle compares the gradients of the loss, so what the
    penalty adds to them is added here.
    """

    def step(param: Array, grad: Array, state: Any, weight_decay: float, **options: Any) -> Any:
        (slope,) = l2_penalty.backward(np.ones((), param.dtype), param, alpha=factor * weight_decay).weights
        return optimizer.step(param, grad + slope, state, **options, weight_decay=0)

    return SimpleNamespace(init=optimizer.init, step=step)


@pytest.mark.parametrize(
    ("optimizer", "twin", "options"), [(sgd, torch.optim.SGD, SGD), (adam, torch.optim.Adam, ADAM)], ids=["sgd", "adam"]
)
def test_l09_a_coupled_decay_is_a_penalty(optimizer: Any, twin: Any, options: dict[str, Any]) -> None:
    report = _judge(_with_penalty(optimizer), twin, options)
    assert report.verdict == "match", report
    assert report.tally.controls


def test_l09_a_penalty_with_the_whole_decay_as_lam_is_another() -> None:
    report = _judge(_with_penalty(sgd, factor=1), torch.optim.SGD, SGD)
    assert report.verdict == "mismatch", report
    assert report.findings[0].step == 0


@pytest.mark.parametrize("optimizer", [_with_penalty(adam), adam], ids=["penalty", "coupled decay"])
def test_l09_a_decoupled_decay_is_no_penalty(optimizer: Any) -> None:
    report = _judge(optimizer, torch.optim.AdamW, ADAM)
    assert report.verdict == "mismatch", report
    assert report.findings[0].step == 0


def test_l09_a_decoupled_decay_is_that_of_adamw() -> None:
    assert _judge(adamw, torch.optim.AdamW, ADAM).verdict == "match"


def _accumulated(weight: Callable[[int], float]) -> Callable[..., Any]:
    """Return the gradient of a batch, gathered from its micro-batches; `weight` is given the size of each."""

    def value_and_grad(params: Sequence[Array], X: Array, y: Array) -> Any:
        loss, grads = np.zeros((), X.dtype), [np.zeros_like(p) for p in params]
        cuts = np.cumsum(MICRO)[:-1]
        for rows, labels in zip(np.split(X, cuts), np.split(y, cuts), strict=True):
            w = weight(len(rows))
            part, slopes = mlp.value_and_grad(params, rows, labels)
            loss, grads = loss + w * part, [g + w * s for g, s in zip(grads, slopes, strict=True)]
        return loss, grads

    return value_and_grad


def test_weighted_micro_batches_make_the_batch() -> None:
    report = _judge(sgd, torch.optim.SGD, SGD, _accumulated(lambda size: size / BATCH))
    assert report.verdict == "match", report
    assert report.tally.controls


@pytest.mark.parametrize("weight", [lambda size: 1 / len(MICRO), lambda size: 1.0], ids=["mean", "sum"])
def test_unweighted_micro_batches_do_not_make_the_batch(weight: Callable[[int], float]) -> None:
    report = _judge(sgd, torch.optim.SGD, SGD, _accumulated(weight))
    assert report.verdict == "mismatch", report
    assert report.findings[0].step == 0


class _TorchClipped(torch.optim.SGD):
    """SGD along clipped gradients."""

    def step(self, closure: Any = None) -> Any:
        torch.nn.utils.clip_grad_norm_(self.param_groups[0]["params"], MAX_NORM, foreach=False)
        return super().step(closure)


class _Clipped:
    """SGD along gradients that `clip` has clipped; an object, since clipping couples the parameters."""

    def __init__(self, clip: Callable[[Sequence[Array]], Sequence[Array]], **options: Any) -> None:
        self.clip, self.options = clip, options
        self.states: list[sgd.State] | None = None

    def step(self, params: Sequence[Array], grads: Sequence[Array]) -> list[Array]:
        states = self.states or [sgd.init(p, **self.options) for p in params]
        clipped = self.clip(grads)
        stepped = [sgd.step(p, g, s, **self.options) for p, g, s in zip(params, clipped, states, strict=True)]
        self.states = [s for _, s in stepped]
        return [p for p, _ in stepped]


def _together(grads: Sequence[Array]) -> Sequence[Array]:
    return list(clip_grad_norm.forward(*grads, max_norm=MAX_NORM)[1:])


def _each_alone(grads: Sequence[Array]) -> Sequence[Array]:
    return [clip_grad_norm.forward(g, max_norm=MAX_NORM)[1] for g in grads]


def _not_at_all(grads: Sequence[Array]) -> Sequence[Array]:
    return grads


@pytest.mark.parametrize(
    ("clip", "verdict"), [(_together, "match"), (_each_alone, "mismatch"), (_not_at_all, "mismatch")]
)
def test_training_along_clipped_gradients(clip: Callable[..., Any], verdict: str) -> None:
    report = _judge(lambda **options: _Clipped(clip, **options), _TorchClipped, {"lr": 0.1, "momentum": 0.9})
    assert report.verdict == verdict, report


@pytest.mark.parametrize("norm_type", [2.0, 1.0, 0.5, 3.0, 0.0, -1.0, np.inf, -np.inf])
def test_the_variants_of_clip_grad_norm_in_torch_are_the_same_to_the_last_bit(norm_type: float) -> None:
    generator = torch.Generator().manual_seed(0)
    grads = [torch.randn(n, generator=generator) for n in (1, 7, 100, 1000)]
    loop, foreach = (_of_torch(grads, norm_type, foreach=foreach) for foreach in (False, True))
    assert all(map(torch.equal, loop, foreach))


def _of_torch(grads: Sequence[torch.Tensor], norm_type: float, *, foreach: bool) -> list[torch.Tensor]:
    params = [torch.zeros_like(g) for g in grads]
    for p, g in zip(params, grads, strict=True):
        p.grad = g.clone()
    norm = torch.nn.utils.clip_grad_norm_(params, MAX_NORM, norm_type, foreach=foreach)
    return [norm, *(p.grad for p in params if p.grad is not None)]
