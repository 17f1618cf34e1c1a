"""Twin of `scratch.linear_models.newton_logistic_regression`: the Hessian is autograd's."""

from typing import NamedTuple

import torch

from reference.linear_models import logistic_regression
from reference.linear_models._classifier import measured, with_ones
from reference.linear_models._regression import require_independent
from reference.linear_models.logistic_regression import loss


class Fitted(NamedTuple):
    """Weight, bias and labels, the cost of all data and the norm of its gradient, and whether every label is right."""

    weight: torch.Tensor
    bias: torch.Tensor
    labels: torch.Tensor
    cost: torch.Tensor
    gradient_norm: torch.Tensor
    separated: bool = False


def fit(X, y, *, labels=(0, 1), reduction="mean", weight_decay=0.0, steps=10):
    """Return the model after so many steps of Newton's method from 0, each halved while the cost rises."""

    def cost(theta):
        return loss([theta[:-1], theta[-1]], X, y, labels, reduction, weight_decay)

    if weight_decay == 0:
        require_independent(with_ones(X))
    theta = X.new_zeros(X.shape[1] + 1)
    for _ in range(steps):
        g = torch.autograd.functional.jacobian(cost, theta)
        d = torch.linalg.solve(torch.autograd.functional.hessian(cost, theta), g)
        while cost(theta - d) > cost(theta) and bool((theta - d != theta).any()):
            d = d / 2
        theta = theta - d
    parameters = [theta[:-1].clone().requires_grad_(), theta[-1].clone().requires_grad_()]
    cost_and_norm = measured(lambda p, X, y: loss(p, X, y, labels, reduction, weight_decay), parameters, X, y)
    fitted = Fitted(theta[:-1], theta[-1], torch.tensor(labels, device=X.device), *cost_and_norm)
    return fitted._replace(separated=bool((predict(fitted, X) == y).all()))


def predict(fitted, X):
    """Return the more probable label of each row of `X`."""
    return logistic_regression.predict(fitted, X)


def margin(fitted, X):
    """Return the logit of each row of `X`, by whose sign it is labelled."""
    return logistic_regression.margin(fitted, X)
