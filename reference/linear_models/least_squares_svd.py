"""Twin of `scratch.linear_models.least_squares_svd`."""

from typing import NamedTuple

import torch

from reference.linear_models._regression import require_finite


class Fitted(NamedTuple):
    """The weights, the rank, and the condition number of the part of the columns that is kept."""

    weight: torch.Tensor
    rank: torch.Tensor
    condition: torch.Tensor


def fit(X, y, *, rcond=None):
    """Return the shortest solution by `torch.linalg.svd`; the rank is `torch.linalg.matrix_rank`."""
    require_finite(X, y)
    if rcond is not None and not 0 <= rcond < 1:
        raise ValueError("Expected rcond in [0, 1).")
    u, s, vh = torch.linalg.svd(X, full_matrices=False)
    rank = torch.linalg.matrix_rank(X) if rcond is None else torch.linalg.matrix_rank(X, rcond * s[0])
    kept = torch.arange(len(s), device=X.device) < rank
    inverse = torch.where(kept, 1 / s, 0)
    condition = s[0] / s[kept][-1] if rank else torch.full_like(s[0], torch.inf)
    return Fitted(vh.T @ (inverse * (u.T @ y)), rank, condition)


def predict(fitted, X):
    """Return X w."""
    return X @ fitted.weight
