"""Momentum: the first updates written out, and its effect on an ill-conditioned quadratic.

v <- alpha v + g and w <- w - eta v, from v = 0, make of the gradients g_1, g_2, g_3

    w - eta g_1
    w - eta ((1 + alpha) g_1 + g_2)
    w - eta ((1 + alpha + alpha^2) g_1 + (1 + alpha) g_2 + g_3)

which is read off gradients that are the unit vectors. The quadratics have ten curvatures, spread evenly (in the
logarithm) from 1 down to 1 / condition number; both methods have the rates that are best for them (Polyak, 1964).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from docs.experiments._data import Array
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.optimizers import sgd

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONDITIONS = (10, 30, 100, 300, 1000)
ALPHA = 0.5

ANSWER = (
    "After three updates the weights have moved by [alpha = 1/2, three updates: times g_1], "
    "[alpha = 1/2, three updates: times g_2], [alpha = 1/2, three updates: times g_3] times the three gradients for "
    "alpha = 1/2, that is by 1 + alpha + alpha^2, 1 + alpha and 1 times, so that gradients that agree add up and "
    "those that alternate cancel. On a quadratic of condition number 1,000 it takes "
    "[with momentum, condition 1,000: steps] steps instead of [without momentum, condition 1,000: steps], and their "
    "number grows as the condition to the power [with momentum: steps grow as the condition to the power] instead of "
    "[without momentum: steps grow as the condition to the power]."
)


def run() -> Experiment:
    """Read the first updates off the library's momentum, and count steps by condition number."""
    f = {f"alpha = 1/2, three updates: times g_{i}": float(c) for i, c in enumerate(_third_update(), 1)}
    plain = [_steps(k, 2 / (1 + 1 / k), 0.0) for k in CONDITIONS]
    heavy = [_steps(k, 4 / (1 + k**-0.5) ** 2, ((k**0.5 - 1) / (k**0.5 + 1)) ** 2) for k in CONDITIONS]
    for name, steps in {"without": plain, "with": heavy}.items():
        f |= {f"{name} momentum, condition {k:,}: steps": n for k, n in zip(CONDITIONS, steps, strict=True)}
        slope = np.polyfit(np.log(CONDITIONS[1:]), np.log(steps[1:]), 1)[0]
        f[f"{name} momentum: steps grow as the condition to the power"] = float(slope)
    question = "What do the first updates of momentum add up to, and what does it do on an ill-conditioned quadratic?"
    return Experiment("Q09", question, quoted(ANSWER, f), f, _claims, partial(_draw, plain, heavy))


def _third_update() -> Array:
    """Return how far three updates of rate 1 moved along each of three gradients."""
    param, state = np.zeros(3), sgd.init(np.zeros(3), lr=1.0, momentum=ALPHA)
    for gradient in np.eye(3):
        param, state = sgd.step(param, gradient, state, lr=1.0, momentum=ALPHA)
    return -param


def _steps(condition: float, rate: float, momentum: float) -> int:
    """Return the steps until a millionth of sum curvature error^2 is left, every direction holding as much at first."""
    curvatures = np.geomspace(1 / condition, 1, 10)
    error, steps = curvatures**-0.5, 0
    state = sgd.init(error, rate, momentum)
    while curvatures @ error**2 > 1e-6 * len(curvatures):
        error, state = sgd.step(error, curvatures * error, state, rate, momentum)
        steps += 1
    return steps


def _claims(f: Figures) -> dict[str, bool]:
    shares = [f[f"alpha = 1/2, three updates: times g_{i}"] for i in (1, 2, 3)]
    plain, heavy = (f"{name} momentum: steps grow as the condition to the power" for name in ("without", "with"))
    return {
        "the updates are those written out": shares == [1 + ALPHA + ALPHA**2, 1 + ALPHA, 1],
        "without momentum steps grow as the condition": 0.9 < f[plain] < 1.1,
        "with it as its root, or little more": 0.4 < f[heavy] < 0.7,
        "so it saves steps": 5 * f["with momentum, condition 1,000: steps"]
        < f["without momentum, condition 1,000: steps"],
    }


def _draw(plain: list[int], heavy: list[int], ax: Axes) -> None:
    ax.plot(CONDITIONS, plain, "o-", label="without momentum")
    ax.plot(CONDITIONS, heavy, "s-", label="with momentum")
    ax.set(xlabel="condition number", ylabel="steps to a millionth of the gap", xscale="log", yscale="log")
    ax.legend()
