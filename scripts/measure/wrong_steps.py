"""Optimizers by hand with one named slip in the order or the place of their lines; right without it.

`SLIPS` names, by optimizer and case of its row, the slips that the case can show.
"""

import math
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np

from scratch.optimizers import adadelta, adagrad, adam, adamax, nadam, radam, rmsprop, sgd, sparseadam

NONE = "bias correction missing"
BEHIND = "bias correction with t - 1"
INSIDE = "eps inside the root"
OUTSIDE = "eps outside the roots"
SQUARES = "second average of the new first one"
OLD = "parameter before the averages"
OLD_VELOCITY = "parameter before the velocity"
OLD_MEAN = "variance about the old mean"
LATE = "parameter after the last average"
DECOUPLED = "decoupled where it is coupled"
COUPLED = "coupled where it is decoupled"
AFTER = "decay after the step"
MOMENTUM_FIRST = "momentum before decay"


def _adam(slip: str, decoupled: bool = False) -> Any:
    def step(
        param: Any,
        grad: Any,
        state: Any,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2 if decoupled else 0.0,
    ) -> Any:
        t = state.step + 1
        g, kept = _decayed(param, grad, slip, decoupled, lr, weight_decay)
        m, v = _averages(g, state, betas, slip)
        count = _count(t, slip)
        first, second = (state.exp_avg, state.exp_avg_sq) if slip == OLD else (m, v)
        root = _root(second / (1 - betas[1] ** count), eps, slip)
        return _after(kept - lr * first / (1 - betas[0] ** count) / root, slip, lr, weight_decay), adam.State(t, m, v)

    return SimpleNamespace(init=adam.init, step=step)


def _nadam(slip: str) -> Any:
    def step(
        param: Any,
        grad: Any,
        state: Any,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
    ) -> Any:
        t = state.step + 1
        g, kept = _decayed(param, grad, slip, decoupled_weight_decay, lr, weight_decay)
        m, v = _averages(g, state, betas, slip)
        mu, ahead = (betas[0] * (1 - 0.96 ** (i * 4e-3) / 2) for i in (t, t + 1))
        product = {NONE: 0.0, BEHIND: state.mu_product if t > 1 else mu}.get(slip, state.mu_product * mu)
        first, second = (state.exp_avg, state.exp_avg_sq) if slip == OLD else (m, v)
        way = (1 - mu) / (1 - product) * g + ahead / (1 - product * ahead) * first
        root = _root(second / (1 - betas[1] ** _count(t, slip)), eps, slip)
        state = nadam.State(t, state.mu_product * mu, m, v)
        return _after(kept - lr * way / root, slip, lr, weight_decay), state

    return SimpleNamespace(init=nadam.init, step=step)


def _rmsprop(slip: str) -> Any:
    def step(
        param: Any,
        grad: Any,
        state: Any,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> Any:
        g, kept = _decayed(param, grad, slip, False, lr, weight_decay)
        v = alpha * state.square_avg + (1 - alpha) * (g * g)
        a = alpha * state.grad_avg + (1 - alpha) * g if centered else None
        about = state.grad_avg if slip == OLD_MEAN else a
        second = state.square_avg if slip == OLD else v
        d = g / _root(second if about is None else np.maximum(second - about * about, 0), eps, slip)
        b = momentum * state.momentum_buffer + d if momentum else None
        way = d if b is None else state.momentum_buffer if slip == OLD_VELOCITY else b
        return _after(kept - lr * way, slip, lr, weight_decay), rmsprop.State(state.step + 1, v, b, a)

    return SimpleNamespace(init=rmsprop.init, step=step)


def _sgd(slip: str) -> Any:
    def step(
        param: Any, grad: Any, state: Any, lr: float = 1e-3, momentum: float = 0.0, weight_decay: float = 0.0
    ) -> Any:
        g, kept = _decayed(param, grad, slip, slip in (MOMENTUM_FIRST, AFTER), lr, weight_decay)
        old = state.momentum_buffer
        velocity = g.copy() if old is None else momentum * old + g
        way = velocity if slip != OLD_VELOCITY else np.zeros_like(g) if old is None else old
        return _after(kept - lr * way, slip, lr, weight_decay), sgd.State(velocity) if momentum else state

    return SimpleNamespace(init=sgd.init, step=step)


def _counting(optimizer: Any) -> Callable[[str], Any]:
    """Return the optimizer by slip, where only the count is wrong."""

    def of(slip: str) -> Any:
        def step(param: Any, grad: Any, state: Any, **options: Any) -> Any:
            count = min(_count(state.step + 1, slip), 10**9)
            param, after = optimizer.step(param, grad, state._replace(step=count - 1), **options)
            return param, after._replace(step=state.step + 1)

        return SimpleNamespace(init=optimizer.init, step=step)

    return of


def _adagrad(slip: str) -> Any:
    def step(param: Any, grad: Any, state: Any, lr: float = 1e-2, eps: float = 1e-10) -> Any:
        s = state.sum + grad * grad
        root = _root(state.sum if slip == OLD else s, eps, slip)
        return param - lr * grad / root, adagrad.State(state.step + 1, s)

    return SimpleNamespace(init=adagrad.init, step=step)


def _adadelta(slip: str) -> Any:
    def step(param: Any, grad: Any, state: Any, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6) -> Any:
        def way(accumulated: Any) -> Any:
            if slip == OUTSIDE:
                return (np.sqrt(accumulated) + eps) / (np.sqrt(v) + eps) * grad
            return np.sqrt(accumulated + eps) / np.sqrt((state.square_avg if slip == OLD else v) + eps) * grad

        v = rho * state.square_avg + (1 - rho) * (grad * grad)
        d = way(state.acc_delta)
        a = rho * state.acc_delta + (1 - rho) * (d * d)
        return param - lr * (way(a) if slip == LATE else d), adadelta.State(state.step + 1, v, a)

    return SimpleNamespace(init=adadelta.init, step=step)


def _decayed(param: Any, grad: Any, slip: str, decoupled: bool, lr: float, weight_decay: float) -> Any:
    """Return the gradient and the parameter with the decay in one of them, or in neither if it comes after the step."""
    if slip == AFTER:
        return grad, param
    if (decoupled or slip == DECOUPLED) and slip != COUPLED:
        return grad, param * (1 - lr * weight_decay)
    return grad + weight_decay * param, param


def _after(param: Any, slip: str, lr: float, weight_decay: float) -> Any:
    return param * (1 - lr * weight_decay) if slip == AFTER else param


def _averages(g: Any, state: Any, betas: tuple[float, float], slip: str) -> Any:
    m = betas[0] * state.exp_avg + (1 - betas[0]) * g
    squared = m if slip == SQUARES else g
    return m, betas[1] * state.exp_avg_sq + (1 - betas[1]) * (squared * squared)


def _count(t: int, slip: str) -> Any:
    return {NONE: math.inf, BEHIND: max(t - 1, 1)}.get(slip, t)


def _root(squares: Any, eps: float, slip: str) -> Any:
    return np.sqrt(squares + eps) if slip == INSIDE else np.sqrt(squares) + eps


LINES = (NONE, BEHIND, INSIDE, SQUARES, OLD)
SLIPS: dict[str, tuple[Callable[[str], Any], dict[str, tuple[str, ...]]]] = {
    "adam": (_adam, {"default": LINES, "coupled decay": (DECOUPLED,)}),
    "adamw": (lambda slip: _adam(slip, decoupled=True), {"default": LINES, "decay": (COUPLED, AFTER)}),
    "nadam": (_nadam, {"default": LINES, "coupled decay": (DECOUPLED,), "decoupled decay": (COUPLED, AFTER)}),
    "rmsprop": (
        _rmsprop,
        {
            "default": (INSIDE, OLD),
            "weight decay": (DECOUPLED,),
            "momentum": (OLD_VELOCITY,),
            "centred": (OLD_MEAN,),
        },
    ),
    "sgd": (_sgd, {"momentum": (OLD_VELOCITY,), "weight decay": (AFTER,), "momentum and decay": (MOMENTUM_FIRST,)}),
    "adamax": (_counting(adamax), {"default": (NONE, BEHIND)}),
    "radam": (_counting(radam), {"default": (NONE, BEHIND)}),
    "sparseadam": (_counting(sparseadam), {"default": (NONE, BEHIND)}),
    "adagrad": (_adagrad, {"default": (INSIDE, OLD)}),
    "adadelta": (_adadelta, {"default": (OUTSIDE, OLD, LATE)}),
}
