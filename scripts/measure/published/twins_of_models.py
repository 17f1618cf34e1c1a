"""What several packages fit, as PyTorch users write it."""

from __future__ import annotations

import numpy as np
import torch

__all__ = [
    "Adaline",
    "Components",
    "Descent",
    "KernelRidge",
    "LeastSquares",
    "Logistic",
    "LogisticDescent",
    "Perceptron",
    "Ridge",
    "Scaler",
    "SoftmaxDescent",
]

Tensor = torch.Tensor
ROUNDS = 50
ETA = 0.01


class Ridge:
    """Least squares with a penalty that spares the intercept."""

    coef_: Tensor
    intercept_: Tensor

    def __init__(self, alpha: float = 1.0) -> None:
        self.alpha = alpha

    def fit(self, X: Tensor, y: Tensor) -> Ridge:
        """Learn weights and intercept."""
        centred = X - X.mean(0)
        penalty = self.alpha * torch.eye(X.shape[1], dtype=X.dtype)
        self.coef_ = torch.linalg.solve(centred.T @ centred + penalty, centred.T @ (y - y.mean()))
        self.intercept_ = y.mean() - X.mean(0) @ self.coef_
        return self

    def predict(self, X: Tensor) -> Tensor:
        """Return what is expected at X."""
        return X @ self.coef_ + self.intercept_


class KernelRidge:
    """Least squares with a penalty, in the space of a Gaussian kernel."""

    X_fit_: Tensor
    dual_coef_: Tensor

    def __init__(self, alpha: float = 1.0, gamma: float = 0.3) -> None:
        self.alpha, self.gamma = alpha, gamma

    def _kernel(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.exp(-self.gamma * ((a[:, None] - b[None]) ** 2).sum(-1))

    def fit(self, X: Tensor, y: Tensor) -> KernelRidge:
        """Learn a weight for each row."""
        self.X_fit_ = X
        penalty = self.alpha * torch.eye(len(X), dtype=X.dtype)
        self.dual_coef_ = torch.linalg.solve(self._kernel(X, X) + penalty, y)
        return self

    def predict(self, X: Tensor) -> Tensor:
        """Return what is expected at X."""
        return self._kernel(X, self.X_fit_) @ self.dual_coef_


class Scaler:
    """Columns of mean 0 and variance 1."""

    def fit(self, X: Tensor, y: None = None) -> Scaler:
        """Learn means and variances."""
        self.mean_, self.var_ = X.mean(0), X.var(0, unbiased=False)
        self.scale_ = self.var_.sqrt()
        return self

    def transform(self, X: Tensor) -> Tensor:
        """Return the scaled columns."""
        return (X - self.mean_) / self.scale_


class Components:
    """Principal components, each with the sign that makes its largest weight positive."""

    mean_: Tensor
    components_: Tensor

    def __init__(self, n_components: int = 2) -> None:
        self.n_components = n_components

    def fit(self, X: Tensor, y: None = None) -> Components:
        """Learn the components and their variances."""
        self.mean_ = X.mean(0)
        _, values, rows = torch.linalg.svd(X - self.mean_, full_matrices=False)
        rows = rows * rows.gather(1, rows.abs().argmax(1, keepdim=True)).sign()
        variances, k = values**2 / (len(X) - 1), self.n_components
        self.components_, self.singular_values_ = rows[:k], values[:k]
        self.explained_variance_, self.explained_variance_ratio_ = variances[:k], (variances / variances.sum())[:k]
        return self

    def transform(self, X: Tensor) -> Tensor:
        """Return the coordinates along the components."""
        return (X - self.mean_) @ self.components_.T


class Logistic:
    """Logistic regression by Newton's method, with a penalty that spares the intercept."""

    def __init__(self, C: float = 1.0) -> None:
        self.C = C

    def fit(self, X: Tensor, y: Tensor) -> Logistic:
        """Learn weights and intercept."""
        rows = torch.cat([X, torch.ones_like(X[:, :1])], 1)
        weights = torch.zeros_like(rows[0])
        penalty = torch.diag(torch.cat([torch.ones_like(X[0]), torch.zeros_like(X[0, :1])])) / self.C
        for _ in range(30):
            p = torch.sigmoid(rows @ weights)
            curvature = (rows * (p * (1 - p))[:, None]).T @ rows + penalty
            weights = weights - torch.linalg.solve(curvature, rows.T @ (p - y) + penalty @ weights)
        self.coef_, self.intercept_ = weights[None, :-1], weights[-1:]
        return self

    def decision_function(self, X: Tensor) -> Tensor:
        """Return the logarithm of the odds."""
        return (X @ self.coef_.T + self.intercept_)[:, 0]


class LeastSquares:
    """Least squares, with a column of weights."""

    w_: Tensor
    b_: Tensor

    def fit(self, X: Tensor, y: Tensor) -> LeastSquares:
        """Learn weights and intercept."""
        weights = torch.linalg.lstsq(torch.cat([torch.ones_like(X[:, :1]), X], 1), y[:, None]).solution
        self.b_, self.w_ = weights[0], weights[1:]
        return self

    def score(self, X: Tensor) -> Tensor:
        """Return what is added up at X."""
        return (X @ self.w_ + self.b_)[:, 0]

    def predict(self, X: Tensor) -> Tensor:
        """Return what is expected at X."""
        return self.score(X)


def _begun(X: Tensor, columns: int = 1) -> tuple[Tensor, Tensor]:
    """Return weights as all these packages draw them, and no intercept."""
    weights = np.random.RandomState(1).normal(0.0, 0.01, (X.shape[1], columns))
    return torch.from_numpy(weights).to(X.dtype), torch.zeros(columns, dtype=X.dtype)


class Descent(LeastSquares):
    """Least squares by descent along the gradient of half of the squares."""

    def fit(self, X: Tensor, y: Tensor) -> Descent:
        """Learn weights and intercept."""
        self.w_, self.b_ = _begun(X)
        self.cost_ = []
        for _ in range(ROUNDS):
            rest = y - self.score(X)
            self.w_, self.b_ = self.w_ + ETA * X.T @ rest[:, None], self.b_ + ETA * rest.sum()
            self.cost_.append(((y - self.score(X)) ** 2).sum() / 2)
        return self


class Adaline(Descent):
    """Least squares of labels -1 and 1."""

    def fit(self, X: Tensor, y: Tensor) -> Adaline:
        """Learn weights and intercept."""
        super().fit(X, torch.where(y == 0, -1, 1).to(X.dtype))
        return self

    def predict(self, X: Tensor) -> Tensor:
        """Return the labels."""
        return (self.score(X) >= 0).long()


class Perceptron(LeastSquares):
    """A correction after each row that is on the wrong side, in the order of a generator."""

    def fit(self, X: Tensor, y: Tensor) -> Perceptron:
        """Learn weights and intercept."""
        self.w_, self.b_ = _begun(X)
        order = np.random.RandomState(1)
        for _ in range(8):
            for i in order.permutation(len(X)):
                step = 0.1 * (2 * int(y[i]) - 1 - (-1 if self.score(X[i : i + 1]) < 0 else 1))
                self.w_, self.b_ = self.w_ + step * X[i][:, None], self.b_ + step
        return self

    def predict(self, X: Tensor) -> Tensor:
        """Return the labels."""
        return (self.score(X) >= 0).long()


class LogisticDescent(LeastSquares):
    """Logistic regression by descent along the gradient of the sum of the losses."""

    def fit(self, X: Tensor, y: Tensor) -> LogisticDescent:
        """Learn weights and intercept."""
        self.w_, self.b_ = _begun(X)
        labels = y.to(X.dtype)
        self.cost_ = []
        for _ in range(ROUNDS):
            rest = labels - torch.sigmoid(self.score(X))
            self.w_, self.b_ = self.w_ + ETA * X.T @ rest[:, None], self.b_ + ETA * rest.sum()
            p = torch.sigmoid(self.score(X))
            self.cost_.append(-(labels * p.log()).sum() - ((1 - labels) * (1 - p).log()).sum())
        return self

    def predict(self, X: Tensor) -> Tensor:
        """Return the labels."""
        return (self.score(X) >= 0).long()


class SoftmaxDescent:
    """Softmax regression by descent along the gradient of the sum of the losses."""

    def fit(self, X: Tensor, y: Tensor) -> SoftmaxDescent:
        """Learn weights and intercepts."""
        self.w_, self.b_ = _begun(X, 3)
        truth = torch.nn.functional.one_hot(y, 3).to(X.dtype)
        self.cost_ = []
        for _ in range(ROUNDS):
            rest = truth - self.predict_proba(X)
            self.w_, self.b_ = self.w_ + ETA * X.T @ rest, self.b_ + ETA * rest.sum(0)
            self.cost_.append(-(truth * self.predict_proba(X).log()).sum(1).mean() / 2)
        return self

    def predict_proba(self, X: Tensor) -> Tensor:
        """Return the probabilities of the classes."""
        return torch.softmax(X @ self.w_ + self.b_, 1)
