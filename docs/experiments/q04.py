"""For which model and loss is there a closed form?

Where the gradient is linear in the weights, as for a linear model with squared error, its zero is the solution of one
linear system. Newton's method solves one such system a step: it is done after the first where there is a closed form,
and goes on where there is none. Real data: diabetes (linear), breast cancer (logistic), iris (softmax).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from docs.experiments._data import Array, breast_cancer, diabetes, iris
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.activations import sigmoid, softmax

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Slopes = Callable[[Array], tuple[Array, Callable[[], Array]]]
"""Gradient at the weights, and what returns the matrix of second derivatives there."""
PENALTY = 0.01
SOLVED = 1e-10
"""What is left of the gradient at the start when a model counts as solved."""

ANSWER = (
    "A linear model with squared error, with or without an L2 penalty, is solved by "
    "[linear, squared error: linear systems solved] linear system, where gradient descent takes "
    "[linear, squared error: steps of gradient descent] steps. Cross-entropy has no closed form: one system leaves "
    "[logistic, cross-entropy: gradient after the first (%)] % of the gradient of a logistic model, which takes "
    "[logistic, cross-entropy: linear systems solved] of them, and softmax takes "
    "[softmax, cross-entropy + L2: linear systems solved]."
)


def run() -> Experiment:
    """Count the linear systems that each model and loss takes, and the steps of gradient descent."""
    falls = {name: _newton(slopes, size) for name, (slopes, size) in _models().items()}
    f: dict[str, float] = {}
    for name, (slopes, size) in _models().items():
        f[f"{name}: linear systems solved"] = len(falls[name]) - 1
        f[f"{name}: gradient after the first (%)"] = round(100 * falls[name][1], 6)
        f[f"{name}: steps of gradient descent"] = _descent(slopes, size)
    question = "For which model and loss is there a closed form?"
    return Experiment("Q04", question, quoted(ANSWER, f), f, _claims, partial(_draw, falls))


def _models() -> dict[str, tuple[Slopes, int]]:
    """Return the slopes of every model and loss, and its number of weights."""
    patients, progress = _with_ones(*diabetes())
    tumours, benign = _with_ones(*breast_cancer())
    flowers, species = _with_ones(*iris())
    linear = partial(_linear, X=patients, y=(progress - progress.mean()) / progress.std())
    logistic = partial(_logistic, X=tumours[:, [0, 1, 4, -1]], y=benign)
    return {
        "linear, squared error": (linear, 11),
        "linear, squared error + L2": (partial(_penalized, slopes=linear), 11),
        "logistic, cross-entropy": (logistic, 4),
        "softmax, cross-entropy + L2": (
            partial(_penalized, slopes=partial(_softmax, X=flowers, y=np.eye(3)[species])),
            15,
        ),
    }


def _with_ones(X: Array, y: Array) -> tuple[Array, Array]:
    return np.column_stack([X, np.ones(len(X))]), y


def _linear(w: Array, X: Array, y: Array) -> tuple[Array, Callable[[], Array]]:
    return np.asarray(X.T @ (X @ w - y) / len(X)), lambda: X.T @ X / len(X)


def _logistic(w: Array, X: Array, y: Array) -> tuple[Array, Callable[[], Array]]:
    p = sigmoid.forward(X @ w)
    return X.T @ (p - y) / len(X), lambda: (X.T * (p * (1 - p))) @ X / len(X)


def _softmax(w: Array, X: Array, y: Array) -> tuple[Array, Callable[[], Array]]:
    p = softmax.forward(X @ w.reshape(3, -1).T, dim=-1)

    def second() -> Array:
        spread = p[:, :, None] * (np.eye(3) - p[:, None, :])
        blocks = np.einsum("nij,nk,nl->ikjl", spread, X, X, optimize=True) / len(X)
        return np.asarray(blocks.reshape(w.size, w.size))

    return ((p - y).T @ X).ravel() / len(X), second


def _penalized(w: Array, slopes: Slopes) -> tuple[Array, Callable[[], Array]]:
    """Return the slopes with those of PENALTY times half the sum of squares."""
    gradient, second = slopes(w)
    return gradient + PENALTY * w, lambda: second() + PENALTY * np.eye(w.size)


def _newton(slopes: Slopes, size: int) -> list[float]:
    """Return the length of the gradient, in units of the first, after each system until it is solved."""
    w = np.zeros(size)
    lengths: list[float] = []
    while not lengths or lengths[-1] > SOLVED * lengths[0]:
        gradient, second = slopes(w)
        lengths.append(float(np.linalg.norm(gradient)))
        w = w - np.linalg.solve(second(), gradient)
    return [length / lengths[0] for length in lengths]


def _descent(slopes: Slopes, size: int) -> int:
    """Return the steps of gradient descent, of 1 / the largest curvature at the start, until it is solved."""
    w, steps = np.zeros(size), 0
    first, second = slopes(w)
    rate, gradient = 1 / np.linalg.eigvalsh(second())[-1], first
    while np.linalg.norm(gradient) > SOLVED * np.linalg.norm(first):
        w, steps = w - rate * gradient, steps + 1
        gradient = slopes(w)[0]
    return steps


def _claims(f: Figures) -> dict[str, bool]:
    systems = {name: f[f"{name}: linear systems solved"] for name in _models()}
    return {
        "squared error takes one system": systems["linear, squared error"] == 1,
        "with a penalty too": systems["linear, squared error + L2"] == 1,
        "logistic takes more": systems["logistic, cross-entropy"] > 1,
        "softmax takes more": systems["softmax, cross-entropy + L2"] > 1,
        "descent takes many steps": f["linear, squared error: steps of gradient descent"] > 100,
        "one system does not solve the logistic model": f["logistic, cross-entropy: gradient after the first (%)"] > 1,
    }


def _draw(falls: Mapping[str, list[float]], ax: Axes) -> None:
    for (name, lengths), marker in zip(falls.items(), ("o-", "s--", "^-", "d-"), strict=True):
        ax.plot(np.maximum(lengths, 1e-16), marker, label=name)
    ax.axhline(SOLVED, color="grey", linewidth=0.8)
    ax.text(2, 2 * SOLVED, "solved below this line", color="grey")
    ax.set(
        xlabel="linear systems solved (Newton's method)",
        ylabel="gradient / gradient at the start",
        yscale="log",
        ylim=(1e-16, 10),
    )
    ax.legend()
