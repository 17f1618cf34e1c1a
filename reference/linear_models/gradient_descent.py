"""Twin of `scratch.linear_models.gradient_descent`."""

from typing import NamedTuple

import torch

from reference.linear_models._regression import guaranteed_lr, require_finite, squared_error


class Fitted(NamedTuple):
    """The weights, the cost of all rows before every step and after the last, and the step size."""

    weight: torch.Tensor
    costs: torch.Tensor
    lr: torch.Tensor


def loss(parameters, X, y, reduction="mean"):
    """Return the squared error of the weights [w]."""
    return squared_error(X @ parameters[0], y, reduction)


def fit(X, y, batches=None, *, steps=100, lr=None, reduction="mean"):
    """Return the weights after steps of `torch.optim.SGD`, which autograd gives the gradients."""
    require_finite(X, y)
    if lr is None and batches is not None:
        raise ValueError("Expected lr with batches.")
    rate = guaranteed_lr(X, y, reduction) if lr is None else torch.tensor(lr, dtype=X.dtype, device=X.device)
    weight = torch.zeros_like(X[0], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=float(rate))
    costs = [squared_error(X @ weight, y, reduction)]
    for rows in [slice(None)] * steps if batches is None else batches:
        optimizer.zero_grad()
        squared_error(X[rows] @ weight, y[rows], reduction).backward()
        optimizer.step()
        costs.append(squared_error(X @ weight, y, reduction))
    return Fitted(weight.detach(), torch.stack(costs).detach(), rate)


def predict(fitted, X):
    """Return X w."""
    return X @ fitted.weight
