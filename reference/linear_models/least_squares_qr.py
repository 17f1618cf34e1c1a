"""Twin of `scratch.linear_models.least_squares_qr`."""

from typing import NamedTuple

import torch

from reference.linear_models._regression import require_finite, require_independent


class Fitted(NamedTuple):
    """The weights, and the condition number of the columns."""

    weight: torch.Tensor
    condition: torch.Tensor


def fit(X, y):
    """Return `torch.linalg.solve_triangular` of R w = Q'y, by `torch.linalg.qr`."""
    require_finite(X, y)
    condition = require_independent(X)
    q, r = torch.linalg.qr(X)
    return Fitted(torch.linalg.solve_triangular(r, (q.T @ y)[:, None], upper=True)[:, 0], condition)


def predict(fitted, X):
    """Return X w."""
    return X @ fitted.weight
