"""Should least squares be minimised by gradient descent?

Steps until the cost is within a millionth of the least, on ten weights whose curvatures are spread evenly (in the
logarithm) from 1 down to 1 / condition number, and on the diabetes data; beside the multiplications of the normal
equations, N d^2 to form them and d^3 / 3 to solve them, where a step of descent takes 2 N d.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from docs.experiments._data import Array, diabetes
from docs.experiments._experiment import Experiment, Figures, quoted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CONDITIONS = (10, 30, 100, 300, 1000)

ANSWER = (
    "Not a small one: on the diabetes data (condition number [diabetes: condition]) descent takes [diabetes: steps] "
    "steps to come within a millionth, and the normal equations cost as much as "
    "[diabetes: steps that the closed form costs]. Steps grow as the condition number to the power "
    "[steps grow as the condition to the power], and the closed form costs about d / 2 of them, so that descent pays "
    "where d weights are more than twice the steps."
)


def run() -> Experiment:
    """Count the steps by condition number, and what the closed form costs in steps."""
    X, y = diabetes()
    samples, features = X.shape
    curvatures, directions = np.linalg.eigh(X.T @ X / samples)
    error = directions.T @ np.linalg.lstsq(X, y - y.mean())[0]
    steps = [_steps(c := np.geomspace(1 / condition, 1, 10), c**-0.5) for condition in CONDITIONS]
    exponent = np.polyfit(np.log(CONDITIONS[1:]), np.log(steps[1:]), 1)[0]
    f: dict[str, float] = {f"condition {c:,}: steps": n for c, n in zip(CONDITIONS, steps, strict=True)}
    f |= {
        "steps grow as the condition to the power": float(exponent),
        "diabetes: condition": float(curvatures[-1] / curvatures[0]),
        "diabetes: steps": _steps(curvatures, error),
        "diabetes: multiplications of a step": 2 * samples * features,
        "diabetes: multiplications of the closed form": samples * features**2 + features**3 // 3,
    }
    paid = f["diabetes: multiplications of the closed form"] / f["diabetes: multiplications of a step"]
    f["diabetes: steps that the closed form costs"] = paid
    question = "Should least squares be minimised by gradient descent?"
    draw = partial(_draw, steps, (f["diabetes: condition"], f["diabetes: steps"]), paid)
    return Experiment("Q05", question, quoted(ANSWER, f), f, _claims, draw)


def _steps(curvatures: Array, error: Array) -> int:
    """Return the steps of gradient descent on sum curvature error^2 / 2 until a millionth of it is left."""
    rate, start, steps = 1 / curvatures[-1], curvatures @ error**2, 0
    while curvatures @ error**2 > 1e-6 * start:
        error = error - rate * (curvatures * error)
        steps += 1
    return steps


def _claims(f: Figures) -> dict[str, bool]:
    return {
        "steps grow in proportion to the condition": 0.9 < f["steps grow as the condition to the power"] < 1.1,
        "the closed form is cheaper": 10 * f["diabetes: steps that the closed form costs"] < f["diabetes: steps"],
        "it costs half as many steps as there are weights": 4.5 < f["diabetes: steps that the closed form costs"] < 5.5,
    }


def _draw(steps: list[int], real: tuple[float, float], paid: float, ax: Axes) -> None:
    ax.plot(CONDITIONS, steps, "o-", label="gradient descent")
    ax.plot(*real, "*", markersize=12, label="gradient descent, diabetes")
    ax.axhline(paid, linestyle="--", color="#009E73", label="closed form, diabetes: cost in steps")
    ax.set(xlabel="condition number", ylabel="steps to a millionth of the gap", xscale="log", yscale="log")
    ax.legend()
