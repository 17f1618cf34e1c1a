"""How much slower is central differencing than backprop as the number of weights grows?

Networks of one hidden layer on twenty digits, from 1 unit to 8. The work of a gradient is counted while it is done: the
multiplications of every matrix product, by arrays that count them. Central differencing computes the cost twice a
weight, backprop, whatever their number, two products a layer on top of its two forward passes.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from docs.experiments._data import Array, digits
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.gradient_checking import central_difference
from scratch.losses import cross_entropy
from scratch.models import mlp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HIDDEN = (1, 2, 4, 8)
WAYS = ("backprop", "central differencing")
ANSWER = (
    "As many times as there are weights, halved: central differencing takes [85 weights: times the work] times the "
    "multiplications of backprop for 85 weights and [610 weights: times the work] times for 610. It computes the cost "
    "[610 weights: costs computed by central differencing] times there, so that its work grows as the weights to the "
    "power [central differencing: power of the weights] where that of backprop grows to the power "
    "[backprop: power of the weights]."
)


class Counting(np.ndarray[Any, np.dtype[Any]]):
    """An array that counts the multiplications of the matrix products it takes part in."""

    multiplications = 0

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """Count those of a matrix product, and return what the operation returns."""
        inputs = tuple(x.view(np.ndarray) if isinstance(x, Counting) else x for x in inputs)
        if ufunc is np.matmul:
            Counting.multiplications += inputs[0].size * inputs[1].shape[-1]
        return _counting(getattr(ufunc, method)(*inputs, **options))

    def __array_function__(self, function: Any, types: Any, inputs: Any, options: Any) -> Any:
        """Keep counting behind functions that return plain arrays, as np.where does."""
        return _counting(super().__array_function__(function, types, inputs, options))


def _counting(found: Any) -> Any:
    return found.view(Counting) if isinstance(found, np.ndarray) else found


def run() -> Experiment:
    """Count the work of both ways by number of weights."""
    f: dict[str, float] = {}
    weights, work = [], []
    for units in HIDDEN:
        found = _counted(units)
        weights.append(found.pop("weights"))
        f |= {f"{weights[-1]} weights: {what}": count for what, count in found.items()}
        work.append([found[f"multiplications of {way}"] for way in WAYS])
        f[f"{weights[-1]} weights: times the work"] = work[-1][1] / work[-1][0]
    for way, counts in zip(WAYS, zip(*work, strict=True), strict=True):
        f[f"{way}: power of the weights"] = float(np.polyfit(np.log(weights), np.log(counts), 1)[0])
    question = "How much slower is central differencing than backprop as the number of weights grows?"
    return Experiment("Q12", question, quoted(ANSWER, f), f, _claims, partial(_draw, weights, work))


def _counted(units: int) -> dict[str, int]:
    """Return the number of weights, and the work of their gradient by backprop and by central differencing."""
    X, y = digits()
    X, y, costs = X[:20].view(Counting), y[:20], 0
    parameters = mlp.init((64, units, 10), np.random.default_rng(0))
    ends = np.cumsum([p.size for p in parameters])

    def cost(vector: Array) -> Any:
        nonlocal costs
        costs += 1
        split = [part.reshape(p.shape) for part, p in zip(np.split(vector, ends[:-1]), parameters, strict=True)]
        return cross_entropy.forward(mlp.forward(X, *split), y)

    before = Counting.multiplications
    mlp.value_and_grad(parameters, X, y)
    between = Counting.multiplications
    central_difference.forward(np.concatenate([p.ravel() for p in parameters]), cost, step=1e-5)
    return {
        "weights": int(ends[-1]),
        "multiplications of backprop": between - before,
        "multiplications of central differencing": Counting.multiplications - between,
        "costs computed by central differencing": costs,
    }


def _claims(f: Figures) -> dict[str, bool]:
    return {
        "two costs a weight": f["610 weights: costs computed by central differencing"] == 2 * 610,
        "half as many times the work as there are weights": f["610 weights: times the work"] == 610 / 2,
        "at 85 weights too": f["85 weights: times the work"] == 85 / 2,
        "central differencing is quadratic": 1.9 < f["central differencing: power of the weights"] < 2.1,
        "backprop is linear": 0.9 < f["backprop: power of the weights"] < 1.1,
    }


def _draw(weights: list[int], work: list[list[int]], ax: Axes) -> None:
    for way, counts, marker in zip(WAYS, zip(*work, strict=True), ("o-", "s-"), strict=True):
        ax.plot(weights, counts, marker, label=way)
    ax.set(xlabel="weights", ylabel="multiplications for one gradient", xscale="log", yscale="log")
    ax.set_xticks(weights, map(str, weights))
    ax.minorticks_off()
    ax.legend()
