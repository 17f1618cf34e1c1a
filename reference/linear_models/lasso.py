"""Twin of `scratch.linear_models.lasso`."""

from typing import NamedTuple

import torch
import torch.nn.functional as F

from reference.linear_models._regression import factors, guaranteed_lr, penalized, require_finite, squared_error


class Fitted(NamedTuple):
    """The weights, the cost before every step and after the last, and how far at most it is above the minimum."""

    weight: torch.Tensor
    costs: torch.Tensor
    gap: torch.Tensor


def loss(parameters, X, y, alpha=1.0, reduction="mean", penalty="mean"):
    """Return the squared error of the weights [w] with the penalty."""
    (weight,) = parameters
    return squared_error(X @ weight, y, reduction) + penalized(weight.abs(), alpha, penalty)


def fit(X, y, *, alpha=1.0, steps=100, reduction="mean", penalty="mean"):
    """Return the weights after steps of `torch.optim.SGD`, each followed by `torch.nn.functional.softshrink`."""
    require_finite(X, y)
    lr = float(guaranteed_lr(X, y, reduction))
    c, p = factors(X, y, alpha, reduction, penalty)
    weight = torch.zeros_like(X[0], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=lr)
    costs = [loss([weight], X, y, alpha, reduction, penalty)]
    for _ in range(steps):
        optimizer.zero_grad()
        squared_error(X @ weight, y, reduction).backward()
        optimizer.step()
        weight.data = F.softshrink(weight.data, lr * float(p))
        costs.append(loss([weight], X, y, alpha, reduction, penalty))
    dual = _dual(X @ weight.detach(), X, y, c, p, reduction)
    return Fitted(weight.detach(), torch.stack(costs).detach(), costs[-1].detach() - dual)


def predict(fitted, X):
    """Return X w."""
    return X @ fitted.weight


def _dual(output, X, y, c, p, reduction):
    """Return what the dual problem, the conjugate of the squared error, is at the scaled residual."""
    t = -torch.autograd.functional.jacobian(lambda z: squared_error(z, y, reduction), output)
    t = t * (p / (X.T @ t).abs().max()).clamp(max=1)
    return t @ y - t @ t / (4 * c)
