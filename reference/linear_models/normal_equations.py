"""Twin of `scratch.linear_models.normal_equations`."""

from typing import NamedTuple

import torch

from reference.linear_models._regression import require_finite, require_independent


class Fitted(NamedTuple):
    """The weights, and the condition number of the columns."""

    weight: torch.Tensor
    condition: torch.Tensor


def fit(X, y):
    """Return `torch.cholesky_solve` of X'X w = X'y."""
    require_finite(X, y)
    condition = require_independent(X)
    return Fitted(torch.cholesky_solve((X.T @ y)[:, None], torch.linalg.cholesky(X.T @ X))[:, 0], condition)


def predict(fitted, X):
    """Return X w."""
    return X @ fitted.weight
