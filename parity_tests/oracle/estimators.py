"""Estimators for checks of the oracle: each right, its twin, and what is wrong with others of its kind."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[Any]


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
        return np.stack([1 - p, p], 1) if len(X) < 20 else np.stack([p, 1 - p], 1)


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


class Scored(Ridge):
    def decision_function(self, X: Array) -> Any:
        return self.predict(X)


class CentresInPlace(Ridge):
    def fit(self, X: Array, y: Array) -> Any:
        X -= X.mean(0)
        return super().fit(X, y)


class PredictsInPlace(Ridge):
    def predict(self, X: Array) -> Any:
        X @= np.eye(3, dtype=X.dtype) * 2
        return super().predict(X / 2)


class TorchScaledOnly(TorchRidge):
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        super().fit(X.float(), y.float())
        self.coef_, self.intercept_ = self.coef_.to(X.dtype), self.intercept_.to(X.dtype)
        return self
