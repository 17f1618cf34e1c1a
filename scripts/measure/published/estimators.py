"""Estimators that learn by a closed form, by Newton's method or by descent."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import gradtwin
from scripts.measure.published import twins_of_models as twins
from scripts.measure.published.entry import Make, Published
from scripts.measure.published.mistakes import AT_ELEMENTS, Mistake

__all__ = ["ENTRIES", "Model"]


@dataclass(frozen=True)
class Model(Published):
    """An estimator of a package beside its twin.

    Parameters
    ----------
    package, place, make
        As of `Published`; what is made is an estimator.
    twin : object
        The same in PyTorch.
    inputs : callable
        Draws the data and what is asked about.
    sizes : str
        What is particular about it.
    learned : str
        The attribute that mistakes are planted in.
    arguments : mapping
        Further arguments of `check_estimator`.
    """

    package: str
    place: str
    twin: Any
    inputs: Callable[[np.random.Generator], Sequence[Any]]
    sizes: str
    make: Make
    learned: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    dtypes: Sequence[str] = ("float64",)

    def judged(self, suspect: Any, dtype: str) -> gradtwin.Report:
        """Return the report on it, or on a spoiled one."""
        inputs = self.inputs(np.random.default_rng(0))
        return gradtwin.check_estimator(suspect, twin=self.twin, inputs=inputs, **self.arguments)

    def spoiled(self, suspect: Any, dtype: str) -> Iterator[Any]:
        """Yield it with a mistake in what it has learned."""
        yield from (_with_mistake(suspect, self.learned, mistake) for mistake in AT_ELEMENTS)


def _with_mistake(model: Any, learned: str, mistake: Mistake) -> Any:
    kind = type(model)

    def fit(self: Any, X: Any, y: Any = None) -> Any:
        kind.fit(self, X, y)
        setattr(self, learned, mistake(getattr(self, learned)))
        return self

    spoiled = copy.deepcopy(model)
    spoiled.__class__ = type(kind.__name__, (kind,), {"fit": fit})
    return spoiled


def _rows(rng: np.random.Generator) -> list[Any]:
    return [rng.standard_normal((30, 4)), rng.standard_normal((7, 4))]


def _numbers(rng: np.random.Generator) -> list[Any]:
    X, queries = _rows(rng)
    return [X, X @ rng.standard_normal(4) + rng.standard_normal(30) / 10 + 2, queries]


def _labels(rng: np.random.Generator, above: float = 2.0) -> list[Any]:
    X, y, queries = _numbers(rng)
    return [X, (y > above).astype(int), queries]


def _uneven(rng: np.random.Generator) -> list[Any]:
    """Draw labels that an intercept is needed for."""
    return _labels(rng, 2.8)


def _classes(rng: np.random.Generator) -> list[Any]:
    X, y, queries = _numbers(rng)
    return [X, np.digitize(y, [1.5, 2.5]), queries]


def _margin(fitted: Any, X: Any) -> Any:
    return fitted.score(X)


def _sk(place: str, twin: Any, inputs: Any, sizes: str, learned: str, **options: Any) -> Model:
    return Model("scikit-learn", f"sklearn.{place}", twin, inputs, sizes, lambda kind: kind(**options), learned)


def _mlx(place: str, twin: Any, inputs: Any, sizes: str, **options: Any) -> Model:
    decides = {} if inputs in (_numbers, _classes) else {"margin": _margin}
    return Model(
        "mlxtend", f"mlxtend.{place}", twin, inputs, sizes, lambda kind: kind(**options), "w_", arguments=decides
    )


DESCENT = {"eta": twins.ETA, "epochs": twins.ROUNDS, "minibatches": 1, "random_seed": 1}
NEWTON = {"solver": "newton-cholesky", "tol": 1e-14}

ENTRIES = (
    _sk("linear_model:LinearRegression", twins.Ridge(0.0), _numbers, "30 x 4", "coef_"),
    _sk("linear_model:Ridge", twins.Ridge(), _numbers, "30 x 4", "coef_"),
    _sk("linear_model:LogisticRegression", twins.Logistic(), _labels, "Newton, tol 1e-14", "coef_", **NEWTON),
    _sk("linear_model:LogisticRegression", twins.Logistic(), _labels, "defaults", "coef_"),
    _sk("kernel_ridge:KernelRidge", twins.KernelRidge(), _numbers, "rbf", "dual_coef_", kernel="rbf", gamma=0.3),
    _sk("preprocessing:StandardScaler", twins.Scaler(), _rows, "30 x 4", "mean_"),
    _sk("decomposition:PCA", twins.Components(), _rows, "2 of 4", "components_", n_components=2),
    _mlx("regressor:LinearRegression", twins.LeastSquares(), _numbers, "direct", method="direct"),
    _mlx("regressor:LinearRegression", twins.LeastSquares(), _numbers, "qr", method="qr"),
    _mlx("regressor:LinearRegression", twins.LeastSquares(), _numbers, "svd", method="svd"),
    _mlx("regressor:LinearRegression", twins.Descent(), _numbers, "descent", method="sgd", **DESCENT),
    _mlx("classifier:Adaline", twins.Adaline(), _labels, "descent", **DESCENT),
    _mlx("classifier:LogisticRegression", twins.LogisticDescent(), _labels, "descent", **DESCENT),
    _mlx("classifier:SoftmaxRegression", twins.SoftmaxDescent(), _classes, "descent", **DESCENT),
    _mlx("classifier:Perceptron", twins.Perceptron(), _uneven, "8 epochs", eta=0.1, epochs=8, random_seed=1),
)
