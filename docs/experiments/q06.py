"""Why sigmoid, why not squared error, in logistic regression?

The sigmoid makes any number a probability. Behind it squared error is not convex and has next to no gradient where the
model is sure and wrong; cross-entropy is convex and has a gradient of almost 1 there. Both are trained on breast cancer
from weights that are sure and wrong: thirty times those of least squares, negated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from docs.experiments._data import Array, breast_cancer
from docs.experiments._descent import descend
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.activations import sigmoid
from scratch.layers import linear
from scratch.losses import binary_cross_entropy_with_logits, mse_loss

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LOGITS = np.linspace(-10, 10, 201)

ANSWER = (
    "Behind a sigmoid squared error is not convex (its curvature falls to [squared error: least curvature], that of "
    "cross-entropy never below 0), and where the model is sure and wrong, at a logit of -10 for a positive, its slope "
    "is [squared error: slope where sure and wrong] instead of [cross-entropy: slope where sure and wrong]. From such "
    "a start 100 steps on breast cancer reach [squared error: accuracy from a wrong start (%)] % with squared error "
    "and [cross-entropy: accuracy from a wrong start (%)] % with cross-entropy."
)


def run() -> Experiment:
    """Compare slope, curvature and training of both costs."""
    slopes = {name: _slopes(cost) for name, cost in COSTS.items()}
    f: dict[str, float] = {}
    for name, cost in COSTS.items():
        f[f"{name}: slope where sure and wrong"] = abs(float(slopes[name][0]))
        f[f"{name}: least curvature"] = float(np.gradient(slopes[name], LOGITS).min())
        f[f"{name}: accuracy from zeros (%)"] = _accuracy(cost, 0)
        f[f"{name}: accuracy from a wrong start (%)"] = _accuracy(cost, -30)
    question = "Why sigmoid, why not squared error, in logistic regression?"
    return Experiment("Q06", question, quoted(ANSWER, f), f, _claims, partial(_draw, slopes))


def _squared(logits: Array, y: Array) -> tuple[Any, Array]:
    """Return the mean squared error of the sigmoid of logits, and its gradient."""
    p = sigmoid.forward(logits)
    return mse_loss.forward(p, y), sigmoid.backward(mse_loss.backward(np.ones(()), p, y).input, logits)


def _entropy(logits: Array, y: Array) -> tuple[Any, Array]:
    cost = binary_cross_entropy_with_logits
    return cost.forward(logits, y), cost.backward(np.ones(()), logits, y).input


Cost = Callable[[Array, Array], tuple[Any, Array]]
COSTS: dict[str, Cost] = {"squared error": _squared, "cross-entropy": _entropy}


def _slopes(cost: Cost) -> Array:
    """Return the slope in the logit of a positive, at every one of LOGITS."""
    return cost(LOGITS, np.ones_like(LOGITS))[1] * LOGITS.size


def _accuracy(cost: Cost, scale: float) -> float:
    """Return the accuracy, in percent, after 100 steps from so many times the weights of least squares."""
    X, y = breast_cancer()

    def value_and_grad(parameters: list[Array]) -> tuple[Any, list[Array]]:
        value, slope = cost(linear.forward(X, *parameters), y.astype(float))
        return value, [X.T @ slope, slope.sum()]

    good = [np.linalg.lstsq(X, 2.0 * y - 1)[0], np.zeros(())]
    parameters, _ = descend(value_and_grad, [scale * p for p in good], steps=100, lr=1.0)
    return 100 * float(np.mean((linear.forward(X, *parameters) >= 0) == y))


def _claims(f: Figures) -> dict[str, bool]:
    entropy, squared = "cross-entropy: ", "squared error: "
    return {
        "squared error is not convex": f[squared + "least curvature"] < 0,
        "cross-entropy is": f[entropy + "least curvature"] > 0,
        "squared error has no slope there": 1000 * f[squared + "slope where sure and wrong"]
        < f[entropy + "slope where sure and wrong"],
        "from zeros it learns": f[squared + "accuracy from zeros (%)"] > 90,
        "from there it stays wrong": f[squared + "accuracy from a wrong start (%)"] < 50,
        "cross-entropy does not": f[entropy + "accuracy from a wrong start (%)"] > 90,
    }


def _draw(slopes: Mapping[str, Array], ax: Axes) -> None:
    for name, slope in slopes.items():
        ax.plot(LOGITS[::5], np.abs(slope[::5]), label=name)
    ax.set(
        xlabel="logit of a positive (left: sure and wrong)",
        ylabel="size of the slope in the logit",
        yscale="log",
        ylim=(1e-5, 3),
    )
    ax.legend()
