"""Twin of `scratch.likelihoods.bernoulli`."""

from typing import NamedTuple

import torch
from torch.distributions import Bernoulli

from reference.likelihoods._reduction import REDUCED


class Fitted(NamedTuple):
    """The probability of 1 that makes the data most likely, and their log-likelihood."""

    probs: torch.Tensor
    log_likelihood: torch.Tensor


def forward(input, probs, reduction="sum"):
    """Return the log-likelihood of `input` under `torch.distributions.Bernoulli`."""
    return REDUCED[reduction](Bernoulli(probs).log_prob(input))


def fit(X):
    """Return the coin under which `X` is most likely."""
    probs = X.mean(dim=0)
    return Fitted(probs, forward(X, probs))


def predict(fitted, X):
    """Return the log-probability of every x of `X`."""
    return forward(X, fitted.probs, "none")
