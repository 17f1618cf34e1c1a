"""Twin of `scratch.linear_models.least_squares_2d`."""

from typing import NamedTuple

import torch

from reference.linear_models._regression import require_finite, require_independent, squared_error


class Fitted(NamedTuple):
    """The two weights, and the condition number of the two columns."""

    weight: torch.Tensor
    condition: torch.Tensor


def loss(parameters, X, y, reduction="half_sum"):
    """Return the squared error of the weights [w]."""
    return squared_error(X @ parameters[0], y, reduction)


def fit(X, y):
    """Return `torch.linalg.solve` of the two equations."""
    require_finite(X, y)
    if X.shape[1] != 2:
        raise ValueError("Expected two columns.")
    return Fitted(torch.linalg.solve(X.T @ X, X.T @ y), require_independent(X))


def predict(fitted, X):
    """Return X w."""
    return X @ fitted.weight
