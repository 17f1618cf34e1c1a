"""Code that is right, or wrong, where no small random input shows it: rows of the tests of the hunt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.special import log_softmax

__all__ = ["LIMITED", "OMITTED", "RIGHT", "WRONG", "Row"]

Array = NDArray[Any]
RNG = np.random.default_rng(0)
X, Y, SQUARE, LINE = (
    RNG.standard_normal((4, 3)),
    RNG.standard_normal((4, 3)),
    RNG.standard_normal((4, 4)),
    RNG.random(8),
)
WEIGHT, TARGETS = RNG.standard_normal((5, 3)), np.array([0, 3, 1, 4])


class Row(NamedTuple):
    """A forward, its backward, the twin, the inputs, if the user brings any, and options."""

    forward: Callable[..., Any]
    backward: Callable[..., Any] | None
    twin: Callable[..., Any]
    inputs: Any = (X,)
    options: Mapping[str, Any] | None = None


def _pair_sums(x: Array) -> Any:
    total = x.dtype.type(0)
    for i in range(0, len(x) - 1, 2):
        total += x[i] * x[i] + x[i + 1] * x[i + 1]
    return total


def _scatter(grad: Array, weight: Array, targets: Array) -> Array:
    out = np.zeros_like(weight)
    out[targets] += grad
    return out


def _gather(grad: Array, weight: Array, targets: Array) -> Array:
    out = np.zeros_like(weight)
    np.add.at(out, targets, grad)
    return out


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True, initial=-np.inf))
    return np.asarray(e / e.sum(-1, keepdims=True))


def _softmax_backward(grad: Array, x: Array) -> Array:
    y = _softmax(x)
    return np.asarray(y * (grad - (grad * y).sum(-1, keepdims=True)))


def _smooth_l1(input: Array, target: Array, reduction: str = "mean", beta: float = 1.0) -> Any:
    d = input - target
    loss = np.where(np.abs(d) < beta, d * d / (2 * beta), np.abs(d) - beta / 2) if beta else np.abs(d)
    return {"mean": loss.mean, "sum": loss.sum, "none": lambda: loss}[reduction]()


def _smooth_l1_backward(grad: Array, input: Array, target: Array, reduction: str = "mean", beta: float = 1.0) -> Any:
    d = input - target
    slope = np.where(np.abs(d) < beta, d / beta, np.sign(d)) if beta else np.sign(d)
    g = grad * slope / (d.size if reduction == "mean" else 1)
    return g, -g


def _smooth_l1_of_one(grad: Array, input: Array, target: Array, reduction: str = "mean", beta: float = 1.0) -> Any:
    return _smooth_l1_backward(grad, input, target, reduction)


def _elu(input: Array, alpha: float = 1.0) -> Array:
    return np.where(input > 0, input, alpha * np.expm1(np.minimum(input, 0)))


def _elu_backward(grad: Array, input: Array, alpha: float = 1.0) -> Array:
    return np.asarray(grad * np.where(input > 0, 1, alpha * np.exp(np.minimum(input, 0))))


def _sigmoid(x: Array) -> Array:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def _silu_backward(grad: Array, input: Array) -> Array:
    s = _sigmoid(input)
    return np.asarray(grad * s * (1 + input * (1 - s)))


def _nll(input: Array, target: Array) -> Any:
    return -input[np.arange(len(target)), target].mean()


def _poisson(input: Array, target: Array, full: bool = False) -> Any:
    some = np.maximum(target, 1).astype(input.dtype)
    stirling = some * np.log(some) - some + 0.5 * np.log(2 * np.pi * some)
    return np.mean(np.exp(input) - target.astype(input.dtype) * input + (full * (target > 1) * stirling))


def _of_two_axes(x: Array) -> Array:
    if x.ndim != 2:
        raise ValueError(f"Expected two axes; got {x.ndim}.")
    return np.tanh(x)


WRONG: dict[str, dict[str, Row]] = {
    "values": {
        "a product by its quotient": Row(
            np.prod, lambda grad, x: grad * np.prod(x) / x, lambda x: x.prod(), (LINE - 0.4,), None
        ),
        "the edge itself": Row(lambda x: np.where(x >= 6, 7, x), None, lambda x: torch.where(x > 6, 7, x)),
        "a slope at the edge": Row(
            lambda x: np.clip(x, 0, 6), lambda grad, x: grad * ((x > 0) & (x <= 6)), lambda x: F.relu6(x)
        ),
        "exp of large numbers": Row(lambda x: np.log(np.exp(x).sum(-1)), None, lambda x: torch.logsumexp(x, -1)),
        "cancellation": Row(lambda x: np.log(1 + x * x), None, lambda x: torch.log1p(x * x), (X + 5,)),
        "rows looked up twice": Row(
            lambda weight, targets: weight[targets],
            _scatter,
            lambda weight, targets: F.embedding(targets, weight),
            (WEIGHT, TARGETS),
        ),
    },
    "sizes": {
        "the last of an odd length": Row(_pair_sums, None, lambda x: (x * x).sum(), (LINE,)),
        "columns for rows": Row(lambda x: x / x.shape[1], None, lambda x: x / x.shape[0], (SQUARE,)),
    },
    "layouts": {
        "the order of memory": Row(
            lambda x: np.cumsum(x.ravel(order="K")), None, lambda x: torch.cumsum(x.flatten(), 0)
        ),
        "memory taken as it lies": Row(lambda x: np.frombuffer(x, x.dtype).reshape(x.shape) * 2, None, lambda x: 2 * x),
    },
    "cotangents": {
        "clipped": Row(np.sin, lambda grad, x: np.clip(grad, -5, 5) * np.cos(x), lambda x: torch.sin(x)),
        "the order of memory": Row(
            np.sin, lambda grad, x: (grad.ravel("K") * np.cos(x.ravel())).reshape(x.shape), lambda x: torch.sin(x)
        ),
    },
    "options": {
        "one not passed on": Row(_smooth_l1, _smooth_l1_of_one, F.smooth_l1_loss, (X, Y)),
        "one that the forward knows alone": Row(_elu, lambda grad, input, alpha=1.0: _elu_backward(grad, input), F.elu),
    },
}
"""By what has to be varied, code that matches on the inputs at hand and is wrong."""

RIGHT: dict[str, Row] = {
    "softmax": Row(_softmax, _softmax_backward, lambda x: torch.softmax(x, -1)),
    "smooth_l1": Row(_smooth_l1, _smooth_l1_backward, F.smooth_l1_loss, (X, Y)),
    "elu": Row(_elu, _elu_backward, F.elu),
    "matmul": Row(
        lambda x, w: x @ w, lambda grad, x, w: (grad @ w.T, x.T @ grad), torch.matmul, (X, RNG.standard_normal((3, 3)))
    ),
    "rows looked up": Row(
        lambda weight, targets: weight[targets],
        _gather,
        lambda weight, targets: F.embedding(targets, weight),
        (WEIGHT, TARGETS),
    ),
    "logsumexp": Row(
        lambda x: np.logaddexp.reduce(x, -1),
        lambda grad, x: grad[..., None] * _softmax(x),
        lambda x: torch.logsumexp(x, -1),
    ),
    "log_softmax": Row(
        lambda x: log_softmax(x, -1),
        lambda grad, x: grad - _softmax(x) * grad.sum(-1, keepdims=True),
        lambda x: torch.log_softmax(x, -1),
    ),
    "of two numbers": Row(
        lambda w, x: w[0] * x + w[1],
        lambda grad, w, x: (np.array([(grad * x).sum(), grad.sum()]), grad * w[0]),
        lambda w, x: w[0] * x + w[1],
        (LINE[:2], X),
    ),
    "Poisson": Row(_poisson, None, F.poisson_nll_loss, (X, np.abs(np.round(3 * Y)).astype(int))),
    "silu": Row(lambda input: input * _sigmoid(input), _silu_backward, F.silu),
    "centred": Row(lambda x: x - x.mean(0), lambda grad, x: grad - grad.mean(0), lambda x: x - x.mean(0)),
}
"""Right code, on whose inputs every variation has to match."""

OMITTED: dict[str, tuple[Row, Row]] = {
    "elu": (RIGHT["elu"], WRONG["options"]["one that the forward knows alone"]),
    "smooth_l1": (RIGHT["smooth_l1"], WRONG["options"]["one not passed on"]),
    "silu": (RIGHT["silu"], Row(RIGHT["silu"].forward, lambda grad, input: grad * _sigmoid(input), F.silu)),
    "relu of the kink": (
        Row(lambda input: np.maximum(input, 0), lambda grad, input: grad * (input > 0), F.relu),
        Row(lambda input: np.maximum(input, 0), lambda grad, input: grad * (input >= 0), F.relu),
    ),
    "nll_loss": (
        Row(_nll, None, F.nll_loss),
        Row(lambda input, target: -input[np.arange(len(target)), target].sum() / input.shape[1], None, F.nll_loss),
    ),
}
"""Right and wrong code of which the twin alone tells the inputs."""

LIMITED: dict[str, tuple[Row, str]] = {
    "an axis more": (
        Row(lambda x: x - x.mean(0), None, lambda x: x - x.mean(-2, keepdim=True)),
        "one axis more: x (2, 4, 3)",
    ),
    "a raise of its own": (Row(_of_two_axes, None, lambda x: torch.tanh(x)), "Expected two axes; got 3."),
    "beyond the root of the largest number": (
        Row(lambda x, y: np.sqrt(x * x + y * y), None, torch.hypot, (X, Y)),
        "up to 1e+160",
    ),
}
"""Code that is right as far as anybody claims, and what its report says of the rest."""
