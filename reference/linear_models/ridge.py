"""Twin of `scratch.linear_models.ridge`."""

from typing import NamedTuple

import torch

from reference.linear_models._regression import factors, penalized, require_finite, require_independent, squared_error


class Fitted(NamedTuple):
    """The weights, and the condition number of the columns with those of the penalty below them."""

    weight: torch.Tensor
    condition: torch.Tensor


def loss(parameters, X, y, alpha=1.0, reduction="mean", penalty="mean"):
    """Return the squared error of the weights [w] with the penalty."""
    (weight,) = parameters
    return squared_error(X @ weight, y, reduction) + penalized(weight.square(), alpha, penalty)


def fit(X, y, *, alpha=1.0, reduction="mean", penalty="mean"):
    """Return one step of Newton's method from 0, by autograd's Hessian: the minimum of a parabola."""
    require_finite(X, y)
    if not alpha >= 0:
        raise ValueError("Expected alpha to be at least 0.")
    start = torch.zeros_like(X[0])
    hessian = torch.autograd.functional.hessian(lambda w: loss([w], X, y, alpha, reduction, penalty), start)
    grad = torch.autograd.functional.jacobian(lambda w: loss([w], X, y, alpha, reduction, penalty), start)
    c, p = factors(X, y, alpha, reduction, penalty)
    condition = require_independent(torch.cat([X, (p / c).sqrt() * torch.ones_like(start).diag()]))
    return Fitted(torch.cholesky_solve(-grad[:, None], torch.linalg.cholesky(hessian))[:, 0], condition)


def predict(fitted, X):
    """Return X w."""
    return X @ fitted.weight
