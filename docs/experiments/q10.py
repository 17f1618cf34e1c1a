"""When W_l is overwritten too early, what happens to training?

Back-propagation over three layers on the digits, in the right order and in the wrong one, where the layer below gets
its gradient through weights that are already changed: W - eta dW in the place of W.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from docs.experiments._data import Array, digits
from docs.experiments._descent import descend
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.activations import relu
from scratch.layers import linear
from scratch.losses import cross_entropy
from scratch.models import mlp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RATES = tuple(2.0**k for k in range(-6, 1))

ANSWER = (
    "The gradient of the layers below is wrong by [error of the gradient at rate 1/64 (%)] % at a learning rate of "
    "1/64, and in proportion to it (to the power [error of the gradient: power of the rate]), and training at 1/4 "
    "hardly shows it: the cost ends at [wrong: cost at rate 1/4] instead of [right: cost at rate 1/4]. At a rate of "
    "[right: largest rate that halves the cost] the right order still trains, and the wrong one diverges: it halves "
    "the cost at [wrong: largest rate that halves the cost] at most."
)


def run() -> Experiment:
    """Train in both orders at every rate, and compare the gradients of the first step."""
    costs = {order: [_descended(order, rate) for rate in RATES] for order in ORDERS}
    errors = [_error(rate) for rate in RATES]
    f: dict[str, float] = {
        "error of the gradient at rate 1/64 (%)": 100 * errors[0],
        "error of the gradient at rate 1 (%)": 100 * errors[-1],
        "error of the gradient: power of the rate": float(np.polyfit(np.log(RATES), np.log(errors), 1)[0]),
    }
    for order, ended in costs.items():
        f[f"{order}: cost at rate 1/4"] = ended[4]
        f[f"{order}: largest rate that halves the cost"] = max(r for r, c in zip(RATES, ended, strict=True) if c < 1.15)
    question = "When W_l is overwritten too early, what happens to training?"
    return Experiment("Q10", question, quoted(ANSWER, f), f, _claims, partial(_draw, costs))


def _data() -> tuple[Array, Array]:
    X, y = digits()
    return X[:100], y[:100]


def _start() -> list[Array]:
    return list(mlp.init((64, 32, 32, 10), np.random.default_rng(0)))


def _right(parameters: list[Array], rate: float) -> tuple[Any, list[Array]]:
    cost, grads = mlp.value_and_grad(parameters, *_data())
    return cost, grads


def _wrong(parameters: list[Array], rate: float) -> tuple[Any, list[Array]]:
    """Return the cost and what stands for its gradient where every layer is stepped before the one below it."""
    X, y = _data()
    layers = list(zip(parameters[::2], parameters[1::2], strict=True))
    inputs, sums = [X], []
    for layer in layers:
        sums.append(linear.forward(inputs[-1], *layer))
        inputs.append(relu.forward(sums[-1]))
    grads: list[Array] = []
    grad = cross_entropy.backward(np.ones(()), sums[-1], y).input
    for i, (weight, bias) in reversed(list(enumerate(layers))):
        step = linear.backward(grad, inputs[i], weight, bias)
        grads = [step.weight, step.bias, *grads]
        overwritten = linear.backward(grad, inputs[i], weight - rate * step.weight, bias).input
        grad = relu.backward(overwritten, sums[i - 1]) if i else overwritten
    return cross_entropy.forward(sums[-1], y), grads


ORDERS: dict[str, Callable[[list[Array], float], tuple[Any, list[Array]]]] = {"right": _right, "wrong": _wrong}


def _descended(order: str, rate: float) -> float:
    """Return the cost after 60 steps, infinite where they diverge."""
    with np.errstate(all="ignore"):
        end = descend(lambda p: ORDERS[order](p, rate), _start(), steps=60, lr=rate)[1][-1]
    return end if np.isfinite(end) else np.inf


def _error(rate: float) -> float:
    """Return how far the first gradient of the first layer is off, as a part of it."""
    right, wrong = (order(_start(), rate)[1][0] for order in ORDERS.values())
    return float(np.linalg.norm(wrong - right) / np.linalg.norm(right))


def _claims(f: Figures) -> dict[str, bool]:
    return {
        "the error is in proportion to the rate": 0.95 < f["error of the gradient: power of the rate"] < 1.05,
        "training at a small rate hides it": 0.9 < f["wrong: cost at rate 1/4"] / f["right: cost at rate 1/4"] < 1.1,
        "a large rate does not": 2 * f["wrong: largest rate that halves the cost"]
        <= f["right: largest rate that halves the cost"],
    }


def _draw(costs: Mapping[str, list[float]], ax: Axes) -> None:
    for order, marker in zip(ORDERS, ("o-", "s--"), strict=True):
        ax.plot(RATES, costs[order], marker, label=f"{order} order")
    lost = [rate for rate, cost in zip(RATES, costs["wrong"], strict=True) if np.isinf(cost)]
    ax.plot(lost, [10.0] * len(lost), "x", color="#D55E00", markersize=9, label="wrong order, diverged")
    ax.set(xlabel="learning rate", ylabel="cross-entropy after 60 steps (nats)", yscale="log")
    ax.set_xscale("log", base=2)
    ax.legend()
