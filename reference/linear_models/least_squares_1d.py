"""Twin of `scratch.linear_models.least_squares_1d`."""

from typing import NamedTuple

import torch

from reference.linear_models._regression import require_finite, squared_error


class Fitted(NamedTuple):
    """The slope."""

    weight: torch.Tensor


def loss(parameters, X, y, reduction="half_sum"):
    """Return the squared error of the line with the slope [w]."""
    return squared_error(X * parameters[0], y, reduction)


def fit(X, y):
    """Return sum x y / sum x^2."""
    require_finite(X, y)
    if not X.any():
        raise ValueError("Expected a number other than 0.")
    return Fitted(torch.dot(X, y) / torch.dot(X, X))


def predict(fitted, X):
    """Return w x."""
    return fitted.weight * X
