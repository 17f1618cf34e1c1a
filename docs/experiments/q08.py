"""Which separating hyperplane does the perceptron find, and what when there is none?

Irises by the length and width of their petals. Setosa is separable from the others: the perceptron is run in 50 orders
and its hyperplanes are held against the one of the largest margin, scikit-learn's. Versicolor is not separable from
virginica: updates are counted pass by pass, and the errors of the best weights so far (the pocket).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from sklearn.svm import SVC

from docs.experiments._data import Array, iris
from docs.experiments._experiment import Experiment, Figures, quoted
from scratch.linear_models import perceptron

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PASSES = (10, 20, 40)

ANSWER = (
    "Any: [separable: orders that end without an error] orders end at [separable: different hyperplanes] hyperplanes, "
    "with margins from [separable: smallest margin (%)] % to [separable: widest margin (%)] % of the largest there "
    "is. Where there is none it never stops, with [not separable: updates in 10 passes] updates in 10 passes and "
    "[not separable: updates in 40 passes] in 40, and the best weights met on the way err on "
    "[not separable: errors of the best after 40 passes] of 100 flowers."
)


def run() -> Experiment:
    """Learn in many orders what is separable, and in ever longer orders what is not."""
    X, y = _petals()
    setosa = (y == 0).astype(int)
    fitted = [perceptron.fit(X, setosa, _order(seed, len(X), 20)) for seed in range(50)]
    widest = SVC(kernel="linear", C=1e6, tol=1e-9).fit(X[:, :2], setosa)
    best = np.append(widest.coef_[0], widest.intercept_)
    shares = [100 * _margin(fit.weight, X) / _margin(best, X) for fit in fitted]
    separation = np.abs(X @ best).min() / np.linalg.norm(best)
    f: dict[str, float] = {
        "separable: orders that end without an error": sum(fit.converged for fit in fitted),
        "separable: most updates": max(fit.mistakes for fit in fitted),
        "separable: bound on the updates (Novikoff)": float((np.linalg.norm(X, axis=1).max() / separation) ** 2),
        "separable: different hyperplanes": len({tuple(_unit(fit.weight).round(6)) for fit in fitted}),
        "separable: smallest margin (%)": min(shares),
        "separable: widest margin (%)": max(shares),
    }
    f |= _endless(X[y > 0], (y[y > 0] == 1).astype(int))
    question = "Which separating hyperplane does the perceptron find, and what when there is none?"
    return Experiment(
        "Q08", question, quoted(ANSWER, f), f, _claims, partial(_draw, X, setosa, [w.weight for w in fitted], best)
    )


def _petals() -> tuple[Array, Array]:
    X, y = iris()
    return np.column_stack([X[:, 2:], np.ones(len(X))]), y


def _order(seed: int, samples: int, passes: int) -> Array:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.permutation(samples) for _ in range(passes)])


def _unit(weight: Array) -> Array:
    return np.asarray(weight / np.linalg.norm(weight[:2]))


def _margin(weight: Array, X: Array) -> float:
    """Return how far the nearest sample is from the hyperplane."""
    return float(np.abs(X @ _unit(weight)).min())


def _endless(X: Array, y: Array) -> dict[str, float]:
    """Return updates and errors after ever more passes over what is not separable."""
    f: dict[str, float] = {}
    for passes in PASSES:
        fit = perceptron.fit(X, y, _order(0, len(X), 40)[: passes * len(X)])
        f[f"not separable: updates in {passes} passes"] = fit.mistakes
        f[f"not separable: errors of the best after {passes} passes"] = int(np.sum(perceptron.predict(fit, X) != y))
    return f


def _claims(f: Figures) -> dict[str, bool]:
    updates = [f[f"not separable: updates in {passes} passes"] for passes in PASSES]
    return {
        "every order ends without an error": f["separable: orders that end without an error"] == 50,
        "after no more updates than Novikoff allows": f["separable: most updates"]
        <= f["separable: bound on the updates (Novikoff)"],
        "at different hyperplanes": f["separable: different hyperplanes"] > 25,
        "of any margin": 10 * f["separable: smallest margin (%)"] < f["separable: widest margin (%)"],
        "which is never above the largest": f["separable: widest margin (%)"] <= 100,
        "the updates go on": 1.5 * updates[0] < updates[1] and 1.5 * updates[1] < updates[2],
        "the best weights err all the same": 0 < f["not separable: errors of the best after 40 passes"] < 50,
    }


def _draw(X: Array, setosa: Array, weights: list[Array], best: Array, ax: Axes) -> None:
    ends = np.array([X[:, 0].min(), X[:, 0].max()])
    for weight in weights[:15]:
        ax.plot(ends, -(weight[0] * ends + weight[2]) / weight[1], color="grey", linewidth=0.8)
    ax.plot([], [], color="grey", linewidth=0.8, label="perceptron, 15 orders")
    ax.plot(ends, -(best[0] * ends + best[2]) / best[1], color="#D55E00", linewidth=2, label="largest margin")
    for label, marker, name in ((1, "o", "setosa"), (0, "^", "other irises")):
        ax.plot(*X[setosa == label, :2].T, marker, markersize=4, label=name)
    ax.set(xlabel="petal length (standard deviations)", ylabel="petal width (standard deviations)", ylim=(-2, 2.2))
    ax.legend(loc="upper left", frameon=True, framealpha=1)
