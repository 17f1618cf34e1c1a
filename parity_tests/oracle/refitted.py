"""Estimators for checks of the oracle that are fitted twice, that draw random numbers, or that hold a module."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

Array = NDArray[Any]


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


class TorchTrained:
    """Holds a module and a tensor in float32, as torch makes them, and trains the module."""

    def __init__(self) -> None:
        self.net = torch.nn.Linear(3, 1)
        with torch.no_grad():
            self.net.weight.copy_(torch.tensor([[0.1, -0.2, 0.3]]))
            self.net.bias.fill_(0.5)
        self._rate = torch.tensor(0.125)

    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        for _ in range(3):
            gradients = torch.autograd.grad((self.net(X)[:, 0] - y).square().mean(), list(self.net.parameters()))
            with torch.no_grad():
                for parameter, gradient in zip(self.net.parameters(), gradients, strict=True):
                    parameter.sub_(self._rate * gradient)
        return self

    def predict(self, X: torch.Tensor) -> Any:
        return self.net(X)[:, 0]


class TorchTrainedBySGD(TorchTrained):
    def fit(self, X: torch.Tensor, y: torch.Tensor) -> Any:
        optimizer = torch.optim.SGD(self.net.parameters(), lr=0.125)
        for _ in range(3):
            optimizer.zero_grad()
            (self.net(X)[:, 0] - y).square().mean().backward()
            optimizer.step()
        return self


class Trained:
    def __init__(self, rate: float = 0.125) -> None:
        start = TorchTrained().net
        self.start = start.weight.detach().numpy()[0].copy(), start.bias.detach().numpy().copy()
        self.rate = rate

    def fit(self, X: Array, y: Array) -> Any:
        weight, bias = (x.astype(X.dtype) for x in self.start)
        for _ in range(3):
            rest = X.dtype.type(2 * self.rate / len(X)) * (X @ weight + bias - y)
            weight, bias = weight - X.T @ rest, bias - rest.sum()
        self.net = SimpleNamespace(weight=weight[None], bias=bias)
        return self

    def predict(self, X: Array) -> Any:
        return X @ self.net.weight[0] + self.net.bias[0]
