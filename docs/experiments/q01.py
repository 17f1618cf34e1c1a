"""What happens if all parameters start at 1? at 0?

One hidden layer on the digits, descended from random numbers, from ones and from zeros. Units that start alike get the
same gradient and stay alike, so the layer is one unit; from zeros, relu passes nothing and only the output biases move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from docs.experiments._data import Array, digits
from docs.experiments._descent import descend
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.models import mlp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

UNITS, TRAINED = 16, 300
STARTS = {
    "random": (mlp.init((64, UNITS, 10), np.random.default_rng(0)), "relu"),
    "ones": ([np.ones((UNITS, 64)), np.ones(UNITS), np.ones((10, UNITS)), np.ones(10)], "relu"),
    "zeros": ([np.zeros((UNITS, 64)), np.zeros(UNITS), np.zeros((10, UNITS)), np.zeros(10)], "relu"),
}
STARTS["zeros, sigmoid"] = STARTS["zeros"][0], "sigmoid"

ANSWER = (
    "Started at 1, the 16 hidden units remain copies of [ones: different units], and the network names "
    "[ones: accuracy (%)] % of new digits rightly where a random start reaches [random: accuracy (%)] %. Started at "
    "0, relu lets only [zeros: parameters moved] parameters move, the biases of the output, and sigmoid all "
    "[zeros, sigmoid: parameters moved], with [zeros, sigmoid: different units] unit again."
)


def run() -> Experiment:
    """Train from every start and count the units that differ."""
    found = {name: _trained(*start) for name, start in STARTS.items()}
    f = {f"{name}: {what}": value for name, (figures, _) in found.items() for what, value in figures.items()}
    draw = partial(_draw, {name: costs for name, (_, costs) in found.items()})
    return Experiment("Q01", "What happens if all parameters start at 1? at 0?", quoted(ANSWER, f), f, _claims, draw)


def _trained(start: list[Array], activation: str) -> tuple[dict[str, float], list[float]]:
    """Return what became of the start, and the cost before every step."""
    X, y = digits()
    seen, new = slice(TRAINED), slice(TRAINED, None)
    cost = partial(mlp.value_and_grad, X=X[seen], y=y[seen], activation=activation)
    parameters, costs = descend(cost, start, steps=150, lr=0.01, momentum=0.9)
    named = mlp.predict(mlp.Fitted(tuple(parameters), activation, ()), X[new])
    # Rounding may part copies in their last digits where a product is computed in blocks.
    units = np.unique(np.column_stack(parameters[:2]).round(6), axis=0)
    moved = sum(int(np.sum(p != s)) for p, s in zip(parameters, start, strict=True))
    return {
        "different units": len(units),
        "parameters moved": moved,
        "accuracy (%)": 100 * float(np.mean(named == y[new])),
    }, costs


def _claims(f: Figures) -> dict[str, bool]:
    return {
        "random units differ": f["random: different units"] == UNITS,
        "units from ones do not": f["ones: different units"] == 1,
        "nor units from zeros, with sigmoid": f["zeros, sigmoid: different units"] == 1,
        "one unit names far fewer digits": 3 * f["ones: accuracy (%)"] < f["random: accuracy (%)"],
        "from zeros with relu the biases of the output alone move": f["zeros: parameters moved"] == 10,
        "with sigmoid all parameters do": f["zeros, sigmoid: parameters moved"] == f["random: parameters moved"] > 1000,
    }


def _draw(curves: Mapping[str, Sequence[float]], ax: Axes) -> None:
    for (name, costs), dashes in zip(curves.items(), ("-", "-", "--", ":"), strict=True):
        ax.plot(costs, dashes, label=name)
    ax.set(xlabel="step of gradient descent", ylabel="cross-entropy (nats)", ylim=(0, None))
    ax.legend(title="start", loc="lower left")
