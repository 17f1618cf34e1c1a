"""Estimators as people have them: objects that learn into their attributes, each right and wrong."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import gradtwin
from gradtwin.core.errors import UsageError

Array = NDArray[Any]
BOTH = ("float64", "float32")
RNG = np.random.default_rng(5)
X, QUERIES = RNG.standard_normal((14, 3)), RNG.standard_normal((40, 3))
Y = X @ np.array([1.0, -2.0, 0.5]) + 0.3 * RNG.standard_normal(14)
LABELS = (Y > 0).astype(np.int64)
CLASSES = np.digitize(Y, [-1.0, 1.0]).astype(np.int64)


def judged(model: Any, twin: Any, y: Array | None = Y, **how: Any) -> gradtwin.Report:
    inputs = [X, QUERIES] if y is None else [X, y, QUERIES]
    return gradtwin.check_estimator(model, twin=twin, inputs=inputs, **{"dtypes": BOTH, **how})


class Ridge:
    """Penalized least squares; `kept` is a factor that a mistake may hold."""

    def __init__(self, alpha: float = 1.0, kept: float = 1.0) -> None:
        self.alpha, self.kept = alpha, kept

    def fit(self, X: Array, y: Array) -> Any:
        centred = X - X.mean(0)
        gram = centred.T @ centred + X.dtype.type(self.alpha) * np.eye(X.shape[1], dtype=X.dtype)
        self.coef_ = np.linalg.solve(gram, centred.T @ (y - y.mean()))
        self.intercept_ = y.mean() - X.dtype.type(self.kept) * (X.mean(0) @ self.coef_)
        return self

    def predict(self, X: Array) -> Any:
        return X @ self.coef_ + self.intercept_


class TorchRidge:
    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        centred = X - X.mean(0)
        gram = centred.T @ centred + self.alpha * torch.eye(X.shape[1], dtype=X.dtype)
        self.coef_ = torch.linalg.solve(gram, centred.T @ (y - y.mean()))
        self.intercept_ = y.mean() - X.mean(0) @ self.coef_
        self.n_iter_ = 1
        return self

    def predict(self, X: torch.Tensor) -> Any:
        return X @ self.coef_ + self.intercept_


class Scaler:
    """Nothing is predicted; what is learned is public without an underscore, and fit returns nothing."""

    correction = 0

    def fit(self, X: Array, y: Any = None) -> None:
        self.mean = X.mean(0)
        self.scale = X.std(0, ddof=self.correction)

    def transform(self, X: Array) -> Any:
        return (X - self.mean) / self.scale


class ScalerOfSamples(Scaler):
    correction = 1


class ScalerWithoutShift(Scaler):
    def transform(self, X: Array) -> Any:
        return X / self.scale


class TorchScaler:
    def fit(self, X: torch.Tensor) -> Any:
        self.mean, self.scale = X.mean(0), X.std(0, correction=0)
        return self

    def transform(self, X: torch.Tensor) -> Any:
        return (X - self.mean) / self.scale


class Logistic:
    """A classifier by descent, with scores, probabilities and labels; `steps` and `threshold` are where it may err."""

    def __init__(self, steps: int = 30, threshold: float = 0.0) -> None:
        self.steps, self.threshold = steps, threshold

    def fit(self, X: Array, y: Array) -> Any:
        self.classes_ = np.unique(y)
        self.coef_ = np.zeros(X.shape[1], X.dtype)
        for _ in range(self.steps):
            self.coef_ = self.coef_ - X.T @ (self.predict_proba(X)[:, 1] - y.astype(X.dtype)) / X.dtype.type(len(X))
        return self

    def decision_function(self, X: Array) -> Any:
        return X @ self.coef_

    def predict_proba(self, X: Array) -> Any:
        p = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.stack([1 - p, p], 1)

    def predict(self, X: Array) -> Any:
        return self.classes_[(self.decision_function(X) > self.threshold).astype(np.int64)]


class LogisticOfOtherOrder(Logistic):
    def predict_proba(self, X: Array) -> Any:
        p = 1 / (1 + np.exp(-self.decision_function(X)))
        return np.stack([1 - p, p], 1) if len(X) < len(QUERIES) // 2 else np.stack([p, 1 - p], 1)


class TorchLogistic:
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        self.classes_ = torch.unique(y)
        self.coef_ = torch.zeros(X.shape[1], dtype=X.dtype)
        for _ in range(30):
            self.coef_ = self.coef_ - X.T @ (torch.sigmoid(X @ self.coef_) - y) / len(X)
        return self

    def decision_function(self, X: torch.Tensor) -> Any:
        return X @ self.coef_

    def predict_proba(self, X: torch.Tensor) -> Any:
        p = torch.sigmoid(X @ self.coef_)
        return torch.stack([1 - p, p], 1)

    def predict(self, X: torch.Tensor) -> Any:
        return self.classes_[(X @ self.coef_ > 0).long()]


class Neighbours:
    """Only predictions can be seen: what is kept is private."""

    power = 2

    def fit(self, X: Array, y: Array) -> Any:
        self._X, self._y = X.copy(), y.copy()
        return self

    def predict(self, X: Array) -> Any:
        nearest = (np.abs(X[:, None] - self._X) ** self.power).sum(-1).argmin(1)
        return self._y[nearest]


class NeighboursByTaxi(Neighbours):
    power = 1


class NeighboursFarthest(Neighbours):
    def predict(self, X: Array) -> Any:
        return self._y[((X[:, None] - self._X) ** 2).sum(-1).argmax(1)]


class TorchNeighbours:
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        self._X, self._y = X, y
        return self

    def predict(self, X: torch.Tensor) -> Any:
        return self._y[(X[:, None] - self._X).square().sum(-1).argmin(1)]


class Perceptron:
    """Layers in a list, in a mapping and in objects, and the course of the loss as a list of numbers."""

    slope = 1.0

    def fit(self, X: Array, y: Array) -> Any:
        hidden = np.ones((X.shape[1], 2), X.dtype) / X.dtype.type(2)
        hidden[0, 1] = 0
        out = np.array([0.25, -0.5], X.dtype)
        self.loss_curve_ = []
        for _ in range(3):
            h = np.tanh(X @ hidden)
            rest = h @ out - y
            self.loss_curve_.append(float(rest @ rest / 2))
            back = np.outer(rest, out) * (1 - X.dtype.type(self.slope) * h**2)
            hidden, out = hidden - X.T @ back / X.dtype.type(50), out - h.T @ rest / X.dtype.type(50)
        self.coefs_ = [hidden, out]
        self.layers_ = {"hidden": SimpleNamespace(weight=hidden), "out": SimpleNamespace(weight=out)}
        return self

    def predict(self, X: Array) -> Any:
        return np.tanh(X @ self.coefs_[0]) @ self.coefs_[1]


class PerceptronOfWrongSlope(Perceptron):
    slope = 0.5


class PerceptronWithoutOut(Perceptron):
    def fit(self, X: Array, y: Array) -> Any:
        super().fit(X, y)
        self.coefs_ = [*self.coefs_, self.coefs_[1]]
        return self


class TorchPerceptron:
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        hidden = torch.ones(X.shape[1], 2, dtype=X.dtype) / 2
        hidden[0, 1] = 0
        out = torch.tensor([0.25, -0.5], dtype=X.dtype)
        self.loss_curve_ = []
        for _ in range(3):
            h = torch.tanh(X @ hidden)
            rest = h @ out - y
            self.loss_curve_.append(rest @ rest / 2)
            back = torch.outer(rest, out) * (1 - h**2)
            hidden, out = hidden - X.T @ back / 50, out - h.T @ rest / 50
        self.coefs_ = [hidden, out]
        self.layers_ = {"hidden": SimpleNamespace(weight=hidden), "out": SimpleNamespace(weight=out)}
        return self

    def predict(self, X: torch.Tensor) -> Any:
        return torch.tanh(X @ self.coefs_[0]) @ self.coefs_[1]


class Slotted:
    """What is learned lies in slots, and is shown by a property that raises before the fit."""

    __slots__ = ("_weight", "bias_")

    def fit(self, X: Array, y: Array) -> Any:
        self._weight = np.linalg.lstsq(X, y, rcond=None)[0]
        self.bias_ = y.mean()
        return self

    @property
    def coef_(self) -> Any:
        return self._weight

    def predict(self, X: Array) -> Any:
        return X @ self.coef_


class SlottedOfOtherSign(Slotted):
    __slots__ = ()

    @property
    def coef_(self) -> Any:
        return -self._weight

    def predict(self, X: Array) -> Any:
        return X @ self._weight


class TorchSlotted:
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        self.coef_ = torch.linalg.solve(X.T @ X, X.T @ y)
        self.bias_ = y.mean()
        return self

    def predict(self, X: torch.Tensor) -> Any:
        return X @ self.coef_


class Results:
    """What another object's fit returns, and answers in its place."""

    def __init__(self, params: Any) -> None:
        self.params = params

    def predict(self, X: Any) -> Any:
        return X @ self.params


class Ordinary:
    factor = 1.0

    def fit(self, X: Array, y: Array) -> Results:
        return Results(np.linalg.solve(X.T @ X, X.T @ y) * X.dtype.type(self.factor))

    def predict(self, X: Array) -> Any:
        raise RuntimeError("what fit returned predicts")


class OrdinaryShrunk(Ordinary):
    factor = 1 - 1e-4


class TorchOrdinary:
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Results:
        return Results(torch.linalg.solve(X.T @ X, X.T @ y))

    def predict(self, X: Any) -> Any:
        raise RuntimeError("what fit returned predicts")


class Centroids:
    """A classifier by argmax over scores of three classes."""

    half = 0.5

    def fit(self, X: Array, y: Array) -> Any:
        self.classes_, index = np.unique(y, return_inverse=True)
        self.centroids_ = np.stack([X[index == k].mean(0) for k in range(len(self.classes_))])
        return self

    def predict(self, X: Array) -> Any:
        scores = X @ self.centroids_.T - X.dtype.type(self.half) * (self.centroids_**2).sum(1)
        return self.classes_[scores.argmax(1)]


class CentroidsWithoutNorm(Centroids):
    half = 0.0


class TorchCentroids:
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        self.classes_ = torch.unique(y)
        self.centroids_ = torch.stack([X[y == k].mean(0) for k in self.classes_])
        return self

    def predict(self, X: torch.Tensor) -> Any:
        return self.classes_[(X @ self.centroids_.T - self.centroids_.square().sum(1) / 2).argmax(1)]


RIGHT: dict[str, tuple[Any, Any, Array | None, str]] = {
    "object": (Ridge(), TorchRidge(), Y, "learned coef_, intercept_ and predict"),
    "class": (Ridge, TorchRidge, Y, "learned coef_, intercept_ and predict"),
    "class beside an object": (Ridge, TorchRidge(), Y, "learned coef_, intercept_ and predict"),
    "no underscore": (Scaler(), TorchScaler(), None, "learned mean, scale and transform"),
    "classifier": (
        Logistic(),
        TorchLogistic(),
        LABELS,
        "learned classes_, coef_ and decision_function, predict_proba, predict",
    ),
    "three classes": (Centroids(), TorchCentroids(), CLASSES, "learned classes_, centroids_ and predict"),
    "predictions only": (Neighbours(), TorchNeighbours(), Y, "predict only, nothing that was learned"),
    "nested": (
        Perceptron(),
        TorchPerceptron(),
        Y,
        "learned loss_curve_, coefs_[0], coefs_[1], layers_['hidden'].weight, layers_['out'].weight and predict",
    ),
    "slots and properties": (Slotted(), TorchSlotted(), Y, "learned bias_, coef_ and predict"),
    "results of a fit": (Ordinary(), TorchOrdinary(), Y, "learned params and predict"),
}
WRONG: dict[str, tuple[Any, Any, Array | None, str]] = {
    "intercept": (Ridge(kept=0.5), TorchRidge(), Y, "intercept_"),
    "last digits": (Ridge(kept=1 + 1e-5), TorchRidge(), Y, "intercept_"),
    "an option of one side": (Ridge(alpha=2.0), TorchRidge(), Y, "coef_"),
    "deviation of samples": (ScalerOfSamples(), TorchScaler(), None, "scale"),
    "no shift": (ScalerWithoutShift(), TorchScaler(), None, "transform"),
    "one step less": (Logistic(steps=29), TorchLogistic(), LABELS, "coef_"),
    "threshold": (Logistic(threshold=1.0), TorchLogistic(), LABELS, "predict"),
    "order of classes": (LogisticOfOtherOrder(), TorchLogistic(), LABELS, "predict_proba"),
    "scores of three classes": (CentroidsWithoutNorm(), TorchCentroids(), CLASSES, "predict"),
    "another distance": (NeighboursByTaxi(), TorchNeighbours(), Y, "predict"),
    "the farthest": (NeighboursFarthest(), TorchNeighbours(), Y, "predict"),
    "a slope": (PerceptronOfWrongSlope(), TorchPerceptron(), Y, "coefs_[0]"),
    "one layer more": (PerceptronWithoutOut(), TorchPerceptron(), Y, "coefs_"),
    "a property": (SlottedOfOtherSign(), TorchSlotted(), Y, "coef_"),
    "results of a fit": (OrdinaryShrunk(), TorchOrdinary(), Y, "params"),
}


@pytest.mark.parametrize("kind", RIGHT)
def test_an_object_that_learns_what_its_twin_learns_matches(kind: str) -> None:
    model, twin, y, covers = RIGHT[kind]
    report = judged(model, twin, y)
    assert report.ok, report
    assert str(report.coverage) == covers


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_named_by_its_attribute_or_method(kind: str) -> None:
    model, twin, y, quantity = WRONG[kind]
    report = judged(model, twin, y)
    assert report.verdict in ("mismatch", "structure", "imprecise"), report
    assert quantity in {finding.quantity for finding in report.findings}


class Line(NamedTuple):
    coef_: Any
    intercept_: Any


def _line(X: torch.Tensor, y: torch.Tensor, alpha: float = 1.0) -> Line:
    fitted: Any = TorchRidge(alpha).fit(X, y)
    return Line(fitted.coef_, fitted.intercept_)


FUNCTIONS = SimpleNamespace(fit=_line, predict=lambda fitted, X: X @ fitted.coef_ + fitted.intercept_)


@pytest.mark.parametrize(("kept", "verdict"), [(1.0, "match"), (1.01, "mismatch")])
def test_a_twin_of_functions_serves_an_object(kept: float, verdict: str) -> None:
    report = judged(Ridge(kept=kept), FUNCTIONS)
    assert report.verdict == verdict, report
    assert {finding.quantity for finding in report.findings} <= {"intercept_", "predict"}


def test_options_go_to_the_constructor_of_a_class_and_to_the_fit_of_a_module() -> None:
    assert judged(Ridge, TorchRidge, options={"alpha": 3.0}).ok
    assert judged(Ridge, FUNCTIONS, options={"alpha": 3.0}).ok
    assert not judged(Ridge(3.0), TorchRidge(3.5))
    with pytest.raises(UsageError, match=r"got alpha beside twin, an object of TorchRidge"):
        judged(Ridge, TorchRidge(), options={"alpha": 3.0})
    with pytest.raises(UsageError, match=r"'alhpa', which is unknown to the constructor of model .* Nearest: alpha"):
        judged(Ridge, TorchRidge, options={"alhpa": 3.0})


def test_what_one_side_alone_has_is_listed_and_not_judged() -> None:
    assert "only the twin has n_iter_: not judged" in judged(Ridge(), TorchRidge()).notes
    assert "only the model has decision_function: not judged" in judged(Scored(), TorchRidge()).notes


class Scored(Ridge):
    def decision_function(self, X: Array) -> Any:
        return self.predict(X)


def test_the_report_says_how_a_model_was_read() -> None:
    model = Ridge()
    report = judged(model, TorchRidge())
    assert "an object of Ridge, copied for each fit" in report.form
    assert "predict(X)" in report.form
    assert not hasattr(model, "coef_")
    report = judged(Ridge, TorchRidge, options={"alpha": 2.0})
    assert "built by Ridge(alpha=2.0) for each fit" in report.form
    assert "functions" in judged(SimpleNamespace(fit=_of_arrays, predict=FUNCTIONS.predict), FUNCTIONS).form


def _of_arrays(X: Array, y: Array) -> Line:
    fitted = Ridge().fit(X, y)
    return Line(fitted.coef_, fitted.intercept_)


class Sums:
    """Least squares by sums that are never emptied."""

    def __init__(self) -> None:
        self._gram: Any = 0
        self._product: Any = 0

    def fit(self, X: Array, y: Array) -> Any:
        self._gram, self._product = self._gram + X.T @ X, self._product + X.T @ y
        self.coef_ = np.linalg.solve(self._gram, self._product)
        return self

    def predict(self, X: Array) -> Any:
        return X @ self.coef_


class WarmDescent:
    """Steps that go on from where those of an earlier fit ended."""

    def fit(self, X: Array, y: Array) -> Any:
        self.coef_ = getattr(self, "coef_", np.zeros(X.shape[1], X.dtype))
        for _ in range(10):
            self.coef_ = self.coef_ - X.T @ (X @ self.coef_ - y) / X.dtype.type(40)
        return self

    def predict(self, X: Array) -> Any:
        return X @ self.coef_


class SharedSums(Sums):
    """The same sums in the class, which every object finds."""

    grams: list[Any] = []  # noqa: RUF012  the mistake
    products: list[Any] = []  # noqa: RUF012

    def fit(self, X: Array, y: Array) -> Any:
        self.grams.append(X.T @ X)
        self.products.append(X.T @ y)
        self.coef_ = np.linalg.solve(sum(self.grams), sum(self.products))
        return self


class ColdDescent(WarmDescent):
    def fit(self, X: Array, y: Array) -> Any:
        self.__dict__.pop("coef_", None)
        return super().fit(X, y)


class InPlace(ColdDescent):
    """What is learned stays in one array, which each fit writes anew."""

    def fit(self, X: Array, y: Array) -> Any:
        kept = getattr(self, "coef_", None)
        super().fit(X, y)
        if kept is not None and kept.dtype == self.coef_.dtype:
            kept[:] = self.coef_
            self.coef_ = kept
        return self


class TorchLeastSquares:
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        self.coef_ = torch.linalg.solve(X.T @ X, X.T @ y)
        return self

    def predict(self, X: torch.Tensor) -> Any:
        return X @ self.coef_


class TorchDescent(TorchLeastSquares):
    warm = False

    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        start = torch.zeros(X.shape[1], dtype=X.dtype)
        self.coef_ = getattr(self, "coef_", start) if self.warm else start
        for _ in range(10):
            self.coef_ = self.coef_ - X.T @ (X @ self.coef_ - y) / 40
        return self


class TorchWarmDescent(TorchDescent):
    warm = True


@pytest.mark.parametrize(("model", "twin"), [(Sums(), TorchLeastSquares()), (WarmDescent(), TorchDescent())])
def test_a_fit_that_goes_on_from_an_earlier_one_is_impure(model: Any, twin: Any) -> None:
    report = judged(model, twin)
    assert report.verdict == "impure", report
    assert [finding.quantity for finding in report.findings] == ["fit"]
    assert "does not start anew" in report.findings[0].message


def test_what_every_object_of_a_class_finds_is_impure() -> None:
    report = judged(SharedSums(), TorchLeastSquares(), dtypes=("float64",))
    assert report.verdict == "impure", report


def test_a_fit_that_goes_on_as_that_of_the_twin_does_is_a_note() -> None:
    report = judged(WarmDescent(), TorchWarmDescent())
    assert report.ok, report
    assert any("go on from an earlier fit" in note for note in report.notes)


@pytest.mark.parametrize("model", [ColdDescent(), InPlace()])
def test_a_fit_that_starts_anew_is_none_of_them(model: Any) -> None:
    report = judged(model, TorchDescent())
    assert report.ok, report
    assert not any("earlier fit" in note for note in report.notes)


class Sketch:
    """Draws from a generator of its own, which a copy takes over as it was at first."""

    def __init__(self, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)

    def fit(self, X: Array, y: Array) -> Any:
        directions = self.rng.standard_normal((X.shape[1], 2)).astype(X.dtype)
        self.coef_ = directions @ np.linalg.solve((X @ directions).T @ (X @ directions), (X @ directions).T @ y)
        return self

    def predict(self, X: Array) -> Any:
        return X @ self.coef_


class TorchSketch(TorchLeastSquares):
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        directions = torch.from_numpy(np.random.default_rng(0).standard_normal((X.shape[1], 2))).to(X.dtype)
        Z = X @ directions
        self.coef_ = directions @ torch.linalg.solve(Z.T @ Z, Z.T @ y)
        return self


@pytest.mark.parametrize(("seed", "verdict"), [(0, "match"), (1, "mismatch")])
def test_a_generator_of_the_object_starts_with_each_fit(seed: int, verdict: str) -> None:
    assert judged(Sketch(seed), TorchSketch()).verdict == verdict


class CentresInPlace(Ridge):
    def fit(self, X: Array, y: Array) -> Any:
        X -= X.mean(0)
        return super().fit(X, y)


class PredictsInPlace(Ridge):
    def predict(self, X: Array) -> Any:
        X @= np.eye(3, dtype=X.dtype) * 2
        return super().predict(X / 2)


@pytest.mark.parametrize(("model", "argument"), [(CentresInPlace(), "X"), (PredictsInPlace(), "X_of_predict")])
def test_data_that_are_changed_in_place_are_named(model: Any, argument: str) -> None:
    report = judged(model, TorchRidge())
    assert report.verdict == "impure"
    assert f"changes its argument {argument}" in str(report)


def test_a_margin_is_given_the_object_that_the_twin_has_fitted() -> None:
    margin = lambda fitted, X: X @ fitted.coef_  # noqa: E731
    report = judged(Logistic(), TorchLogistic(), LABELS, margin=margin)
    assert report.ok, report
    assert report.tally.points == 2 * len(QUERIES)
    assert not judged(Logistic(threshold=0.5), TorchLogistic(), LABELS, margin=margin)


class Unfit:
    def predict(self, X: Array) -> Any:
        return X


class Mute:
    def fit(self, X: Array, y: Array) -> Any:
        return self


class Locked(Ridge):
    def __init__(self) -> None:
        self.lock = threading.Lock()


class NeedsMore(Ridge):
    def __init__(self, rank: int) -> None:
        self.rank = rank


BAD: dict[str, tuple[Any, tuple[str, ...]]] = {
    "a function": (lambda X, y: X, ("<lambda>, which has no fit", "namedtuple", "SimpleNamespace(fit=")),
    "without fit": (Unfit(), ("Unfit, which has no fit", "SimpleNamespace(fit=")),
    "without predict": (Mute(), ("Mute, which has no predict", "SimpleNamespace(fit=")),
    "an array from fit": (
        SimpleNamespace(fit=lambda X, y: X, predict=lambda fitted, X: X),
        ("whose fit returns a ndarray", "namedtuple"),
    ),
    "not to be copied": (Locked(), ("copy.deepcopy", "Locked", "Hand over the class")),
    "a class that needs more": (NeedsMore, ("class", "NeedsMore", "rank", "options")),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_has_no_form_is_answered_with_the_forms_and_how_to_adapt_it(kind: str) -> None:
    model, words = BAD[kind]
    with pytest.raises(UsageError) as error:
        judged(model, TorchRidge())
    assert all(word in str(error.value) for word in words), error.value


def test_what_neither_side_takes_is_no_fault_of_the_suspect() -> None:
    half = [x.astype(np.float16) for x in (X, Y, QUERIES)]
    with pytest.raises(UsageError, match=r"Expected twin .*TorchRidge to accept the inputs; it raised .*Half"):
        gradtwin.check_estimator(Ridge(), twin=TorchRidge(), inputs=half)
    assert gradtwin.check_estimator(Ridge(), twin=TorchScaledOnly(), inputs=half).verdict == "crash"


class TorchScaledOnly(TorchRidge):
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        super().fit(X.float(), y.float())
        self.coef_, self.intercept_ = self.coef_.to(X.dtype), self.intercept_.to(X.dtype)
        return self
