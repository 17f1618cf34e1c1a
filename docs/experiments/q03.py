"""Why does ReLU train faster than sigmoid?

Six layers on the digits, from one start for both (He et al., 2015). On its way down the gradient is multiplied by the
slope of every activation, which is at most 1/4 for sigmoid, at 0, and 1 for relu wherever a unit is on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from docs.experiments._data import Array, digits
from docs.experiments._descent import descend
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.activations import sigmoid
from scratch.init import kaiming_normal
from scratch.models import mlp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SIZES = (64, 32, 32, 32, 32, 32, 10)
ACTIVATIONS = ("relu", "sigmoid")

ANSWER = (
    "The slope of sigmoid is [steepest slope of sigmoid] at most, so that the first of six layers gets a gradient "
    "[sigmoid: last / first] times smaller than the last, with relu [relu: last / first] times. From the same start, "
    "60 steps bring the cost down to [relu: cost after 60 steps] with relu and to [sigmoid: cost after 60 steps] with "
    "sigmoid."
)


def run() -> Experiment:
    """Compare the gradients of both activations by layer, and what the same steps reach."""
    norms = {activation: _norms(activation) for activation in ACTIVATIONS}
    slopes = sigmoid.backward(np.ones(1001), np.linspace(-5, 5, 1001))
    f: dict[str, float] = {"steepest slope of sigmoid": float(slopes.max())}
    for activation, (first, *_, last) in norms.items():
        f[f"{activation}: gradient of the first layer"] = first
        f[f"{activation}: gradient of the last layer"] = last
        f[f"{activation}: last / first"] = last / first
        f[f"{activation}: cost after 60 steps"] = _descended(activation)
    return Experiment(
        "Q03", "Why does ReLU train faster than sigmoid?", quoted(ANSWER, f), f, _claims, partial(_draw, norms)
    )


def _start() -> list[Array]:
    rng = np.random.default_rng(0)
    parameters = []
    for inputs, outputs in pairwise(SIZES):
        draw = rng.standard_normal((outputs, inputs))
        parameters += [kaiming_normal.forward(np.zeros_like(draw), draw=draw), np.zeros(outputs)]
    return parameters


def _norms(activation: str) -> list[float]:
    """Return the length of the gradient of every layer's weights at the start, from the first layer to the last."""
    X, y = digits()
    grads = mlp.value_and_grad(_start(), X[:300], y[:300], activation)[1]
    return [float(np.linalg.norm(g)) for g in grads[::2]]


def _descended(activation: str) -> float:
    X, y = digits()
    cost = partial(mlp.value_and_grad, X=X[:300], y=y[:300], activation=activation)
    return descend(cost, _start(), steps=60, lr=0.05, momentum=0.9)[1][-1]


def _claims(f: Figures) -> dict[str, bool]:
    return {
        "the slope of sigmoid is a quarter at most": f["steepest slope of sigmoid"] == 0.25,
        "with sigmoid the gradient fades on its way down": f["sigmoid: last / first"] > 50 * f["relu: last / first"],
        "relu ends lower": 10 * f["relu: cost after 60 steps"] < f["sigmoid: cost after 60 steps"],
    }


def _draw(norms: Mapping[str, Sequence[float]], ax: Axes) -> None:
    layers = range(1, len(SIZES))
    for activation, marker in zip(ACTIVATIONS, ("o-", "s-"), strict=True):
        ax.plot(layers, norms[activation], marker, label=activation)
    ax.set(xlabel="layer, from the input", ylabel="length of the gradient at the start", yscale="log", xticks=layers)
    ax.legend()
