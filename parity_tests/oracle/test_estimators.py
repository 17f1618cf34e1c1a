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
from parity_tests.oracle.estimators import (
    CentresInPlace,
    Centroids,
    CentroidsWithoutNorm,
    Logistic,
    LogisticOfOtherOrder,
    Neighbours,
    NeighboursByTaxi,
    NeighboursFarthest,
    Ordinary,
    OrdinaryShrunk,
    Perceptron,
    PerceptronOfWrongSlope,
    PerceptronWithoutOut,
    PredictsInPlace,
    Ridge,
    Scaler,
    ScalerOfSamples,
    ScalerWithoutShift,
    Scored,
    Slotted,
    SlottedOfOtherSign,
    TorchCentroids,
    TorchLogistic,
    TorchNeighbours,
    TorchOrdinary,
    TorchPerceptron,
    TorchRidge,
    TorchScaledOnly,
    TorchScaler,
    TorchSlotted,
)
from parity_tests.oracle.refitted import (
    ColdDescent,
    InPlace,
    SharedSums,
    Sketch,
    Sums,
    TorchDescent,
    TorchLeastSquares,
    TorchSketch,
    TorchTrained,
    TorchTrainedBySGD,
    TorchWarmDescent,
    Trained,
    WarmDescent,
)

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


@pytest.mark.parametrize(("seed", "verdict"), [(0, "match"), (1, "mismatch")])
def test_a_generator_of_the_object_starts_with_each_fit(seed: int, verdict: str) -> None:
    assert judged(Sketch(seed), TorchSketch()).verdict == verdict


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


@pytest.mark.parametrize("twin", [TorchTrained(), TorchTrainedBySGD(), TorchTrained])
def test_a_twin_may_hold_a_module_that_it_trains(twin: Any) -> None:
    report = judged(Trained(), twin)
    assert report.ok, report
    assert str(report.coverage) == "learned net.weight, net.bias and predict"
    assert judged(Trained(rate=0.1250001), twin, dtypes=("float64",)).verdict == "mismatch"
