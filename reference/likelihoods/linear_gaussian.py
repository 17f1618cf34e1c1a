"""Twin of `scratch.likelihoods.linear_gaussian`."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch.distributions import Normal

from reference.likelihoods._reduction import REDUCED


class Fitted(NamedTuple):
    """The coefficients and the variance of largest likelihood, and the log-likelihood of the data."""

    weight: torch.Tensor
    bias: torch.Tensor
    var: torch.Tensor
    log_likelihood: torch.Tensor


def forward(input, target, weight, bias, var, reduction="sum"):
    """Return the log-likelihood of `target` given `input` under `torch.distributions.Normal`."""
    return REDUCED[reduction](Normal(F.linear(input, weight) + bias, var.sqrt()).log_prob(target))


def fit(X, y):
    """Return the model under which `y` is most likely given `X`."""
    A = torch.cat([X, torch.ones_like(X[:, :1])], dim=1)
    theta = torch.linalg.lstsq(A, y[:, None]).solution[:, 0]
    weight, bias = theta[:-1].clone(), theta[-1].clone()
    var = F.mse_loss(F.linear(X, weight) + bias, y)
    return Fitted(weight, bias, var, forward(X, y, weight, bias, var))


def predict(fitted, X):
    """Return the most likely y of each row of `X`."""
    return F.linear(X, fitted.weight) + fitted.bias
