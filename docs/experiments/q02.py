"""Why do we need non-linearity? Is w_1 w_2 x non-linear in x?

Stacks of one to four layers, with relu between them and with nothing, on two classes of points on two circles. A
product of matrices is a matrix, so the stack without relu costs what one layer does; that it is trained is shown on
points left and right of a line. The stack f = w_1 w_2 x tells linear from not: doubling x doubles f, doubling both
weights makes it four times as large.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from sklearn.datasets import make_circles

from docs.experiments._data import Array
from docs.experiments._descent import descend
from docs.experiments._experiment import Experiment, Figures, quoted, told
from scratch.layers import linear
from scratch.models import mlp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DEPTHS = (1, 2, 3, 4)

ANSWER = (
    "A stack of linear layers is one linear layer: on two circles 4 layers end at a cross-entropy of "
    "[linear stack of 4: cost] as 1 layer does, at [linear stack of 1: cost], and relu between them brings it to "
    "[relu stack of 4: cost]. w_1 w_2 x is linear in x (x doubled makes it [w_1 w_2 x with x doubled: times] times as "
    "large) and not in its weights (both doubled: [with both weights doubled: times] times)."
)


def run() -> Experiment:
    """Train the stacks, and double what the smallest one is given."""
    X, y = make_circles(200, noise=0.05, factor=0.5, random_state=0)
    between = {"linear": "identity", "relu": "relu"}
    costs = {name: [_end(X, y, depth, activation) for depth in DEPTHS] for name, activation in between.items()}
    f = {f"{name} stack of {depth}: cost": c for name in costs for depth, c in zip(DEPTHS, costs[name], strict=True)}
    f["linear stack of 4, sides of a line: cost"] = _end(X, (X[:, 0] > 0).astype(int), 4, "identity")
    f |= {"w_1 w_2 x with x doubled: times": _stack(2, 1, 1), "with both weights doubled: times": _stack(1, 2, 2)}
    question = "Why do we need non-linearity? Is w_1 w_2 x non-linear in x?"
    return Experiment("Q02", question, quoted(ANSWER, f), f, _claims, partial(_draw, costs))


def _end(X: Array, y: Array, depth: int, activation: str) -> float:
    """Return the cost that a stack of so many layers ends at."""
    cost = partial(mlp.value_and_grad, X=X, y=y, activation=activation)
    start = mlp.init((2, *[8] * (depth - 1), 2), np.random.default_rng(0))
    return descend(cost, start, steps=200, lr=0.1, momentum=0.9)[1][-1]


def _stack(x: int, w_1: int, w_2: int) -> int:
    """Return w_1 w_2 x, which is 1 where all three are."""
    below = linear.forward(np.array([x]), np.array([[w_1]]))
    return int(linear.forward(below, np.array([[w_2]]))[0])


def _claims(f: Figures) -> dict[str, bool]:
    linear_stacks = [f[f"linear stack of {depth}: cost"] for depth in DEPTHS]
    return {
        "more linear layers gain nothing": len(set(map(told, linear_stacks))) == 1,
        "which learn what a line parts": 10 * f["linear stack of 4, sides of a line: cost"] < min(linear_stacks),
        "with relu they do": 1000 * f["relu stack of 4: cost"] < min(linear_stacks),
        "w_1 w_2 x is linear in x": f["w_1 w_2 x with x doubled: times"] == 2,
        "it is not in its weights": f["with both weights doubled: times"] == 4,
    }


def _draw(costs: Mapping[str, Sequence[float]], ax: Axes) -> None:
    for name, marker in {"linear": "s-", "relu": "o-"}.items():
        ax.plot(DEPTHS, costs[name], marker, label=name)
    ax.set(xlabel="layers", ylabel="cross-entropy after 200 steps (nats)", yscale="log", xticks=DEPTHS)
    ax.legend(title="between layers")
