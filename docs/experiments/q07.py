"""Can a sigmoid replace the softmax? What about multi-label?

A linear model of the ten digits, with a softmax and with ten sigmoids. Then a network that says of each digit whether
it is even, prime and above 6, which leaves 1 without a label and gives 2, 7 and 8 two of them. The softmax is trained
on equal shares for the labels present, and says all that reach the threshold that is best on the images trained on.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from docs.experiments._data import Array, digits
from docs.experiments._descent import descend
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.activations import sigmoid, softmax
from scratch.losses import binary_cross_entropy_with_logits, cross_entropy
from scratch.models import mlp

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEEN, NEW = slice(400), slice(400, None)
LABELS = np.array([[d % 2 == 0, d in (2, 3, 5, 7), d > 6] for d in range(10)])
LOSSES = {"softmax": cross_entropy, "sigmoid": binary_cross_entropy_with_logits}

ANSWER = (
    "For one label of ten it can: the largest sigmoid names [sigmoid: digits named rightly (%)] % of new digits and "
    "the softmax [softmax: digits named rightly (%)] %, but the ten do not sum to 1 (from "
    "[sum of ten sigmoids: least] to [sum of ten sigmoids: largest]). For several labels it must: sigmoids get "
    "[sigmoid: 0 labels, all right (%)] % of the images without a label right and [sigmoid: 2 labels, all right (%)] "
    "% of those with two, the softmax, whose shares sum to 1, [softmax: 0 labels, all right (%)] % and "
    "[softmax: 2 labels, all right (%)] %."
)


def run() -> Experiment:
    """Train both on one label, then on several, and look at new images."""
    X, y = digits()
    f: dict[str, float] = {}
    for name in LOSSES:
        logits = _trained(name, X, np.eye(10)[y], ())
        f[f"{name}: digits named rightly (%)"] = 100 * float(np.mean(logits[NEW].argmax(axis=1) == y[NEW]))
    sums = sigmoid.forward(logits[NEW]).sum(axis=1)
    f |= {"sum of ten sigmoids: least": float(sums.min()), "sum of ten sigmoids: largest": float(sums.max())}
    wanted = LABELS[y]
    said = {"softmax": _by_threshold(_shares(X, wanted), wanted), "sigmoid": _by_logit(X, wanted)}
    right = {name: np.all(labels == wanted, axis=1)[NEW] for name, labels in said.items()}
    count = wanted.sum(axis=1)[NEW]
    for name in LOSSES:
        for n in range(3):
            f[f"{name}: {n} labels, all right (%)"] = 100 * float(np.mean(right[name][count == n]))
    return Experiment(
        "Q07",
        "Can a sigmoid replace the softmax? What about multi-label?",
        quoted(ANSWER, f),
        f,
        _claims,
        partial(_draw, f),
    )


def _trained(name: str, X: Array, targets: Array, hidden: tuple[int, ...]) -> Array:
    """Return the logits of all images after training on the first."""
    loss, seen = LOSSES[name], X[SEEN]

    def value_and_grad(parameters: list[Array]) -> tuple[Any, list[Array]]:
        logits = mlp.forward(seen, *parameters)
        slope = loss.backward(np.ones(()), logits, targets[SEEN]).input
        return loss.forward(logits, targets[SEEN]), list(mlp.backward(slope, seen, *parameters).parameters)

    start = mlp.init((X.shape[1], *hidden, targets.shape[1]), np.random.default_rng(0))
    rate = 0.02 if name == "softmax" else 0.02 * targets.shape[1]
    parameters, _ = descend(value_and_grad, start, steps=100, lr=rate, momentum=0.9)
    return np.asarray(mlp.forward(X, *parameters))


def _shares(X: Array, wanted: Array) -> Array:
    """Return what a softmax gives every label."""
    targets = wanted / np.maximum(wanted.sum(axis=1, keepdims=True), 1)
    return np.asarray(softmax.forward(_trained("softmax", X, targets, (32,)), dim=-1))


def _by_threshold(shares: Array, wanted: Array) -> Array:
    """Return the labels that reach the threshold, the best on the images trained on."""
    thresholds = np.linspace(0.05, 0.95, 19)
    right = [np.mean(np.all((shares >= t) == wanted, axis=1)[SEEN]) for t in thresholds]
    return np.asarray(shares >= thresholds[int(np.argmax(right))])


def _by_logit(X: Array, wanted: Array) -> Array:
    return np.asarray(_trained("sigmoid", X, wanted.astype(float), (32,)) >= 0)


def _claims(f: Figures) -> dict[str, bool]:
    sigmoid_0, softmax_0 = (f[f"{name}: 0 labels, all right (%)"] for name in ("sigmoid", "softmax"))
    return {
        "sigmoids name nearly as many digits": f["sigmoid: digits named rightly (%)"] > 85,
        "their sum is not 1": f["sum of ten sigmoids: least"] < 0.9 < 2 < f["sum of ten sigmoids: largest"],
        "softmax cannot say none": softmax_0 < 10,
        "sigmoids can": sigmoid_0 > 70,
    }


def _draw(f: Figures, ax: Axes) -> None:
    for shift, name in zip((-0.2, 0.2), LOSSES, strict=True):
        right = [f[f"{name}: {n} labels, all right (%)"] for n in range(3)]
        ax.bar(np.arange(3) + shift, right, 0.38, label=name)
    ax.set(xlabel="labels of the image", ylabel="images with every label right (%)", xticks=range(3), ylim=(0, 100))
    ax.legend(loc="upper left")
