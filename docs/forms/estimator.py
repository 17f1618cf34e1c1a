"""An estimator: what `fit` learns stands in its attributes, and `predict` uses it."""

import numpy as np
import torch

import gradtwin

X = np.linspace(-2, 3, 36).reshape(12, 3) ** 2 % 3
Y = np.cos(X).sum(1)
QUERIES = X[::2] / 2


class Ridge:
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        Z = X - X.mean(0)
        self.coef_ = np.linalg.solve(Z.T @ Z + self.alpha * np.eye(X.shape[1], dtype=X.dtype), Z.T @ (y - y.mean()))
        self.intercept_ = y.mean() - X.mean(0) @ self.coef_
        return self

    def predict(self, X):
        return X @ self.coef_ + self.intercept_


class RidgeOfShrunkIntercept(Ridge):
    def fit(self, X, y):
        super().fit(X, y)
        self.intercept_ = self.intercept_ / (1 + self.alpha)
        return self


class TorchRidge:
    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        Z = X - X.mean(0)
        penalty = self.alpha * torch.eye(X.shape[1], dtype=X.dtype)
        self.coef_ = torch.linalg.solve(Z.T @ Z + penalty, Z.T @ (y - y.mean()))
        self.intercept_ = y.mean() - X.mean(0) @ self.coef_
        return self

    def predict(self, X):
        return X @ self.coef_ + self.intercept_


def right():
    return gradtwin.check_estimator(Ridge(), twin=TorchRidge(), inputs=[X, Y, QUERIES])


def wrong():
    options = {"alpha": 0.5}
    return gradtwin.check_estimator(RidgeOfShrunkIntercept, twin=TorchRidge, inputs=[X, Y, QUERIES], options=options)
