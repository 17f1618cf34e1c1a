"""Twin of `scratch.linear_models.logistic_regression`."""

import functools
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from reference.linear_models._classifier import descend, step_size


class Fitted(NamedTuple):
    """Weight, bias and labels, the cost of all data and the norm of its gradient, and whether every label is right."""

    weight: torch.Tensor
    bias: torch.Tensor
    labels: torch.Tensor
    cost: torch.Tensor
    gradient_norm: torch.Tensor
    separated: bool = False


LOSSES: dict[Any, Any] = {(0, 1): F.binary_cross_entropy_with_logits, (-1, 1): F.soft_margin_loss}


def loss(parameters, X, y, labels=(0, 1), reduction="mean", weight_decay=0.0):
    """Return the cost of the parameters weight and bias."""
    weight, bias = parameters
    cost = LOSSES[labels](F.linear(X, weight) + bias, y.to(X.dtype), reduction=reduction)
    return cost + weight_decay / 2 * weight.square().sum()


def fit(X, y, batches=None, *, labels=(0, 1), reduction="mean", weight_decay=0.0, lr=None, steps=100):
    """Return the model after a step for each of the batches, or `steps` of them on all rows."""
    if lr is None:
        lr = step_size(X, 1 / 4, weight_decay, len(X) if reduction == "mean" else 1)
    cost = functools.partial(loss, labels=labels, reduction=reduction, weight_decay=weight_decay)
    weight, bias, *measured = descend(cost, (), X, y, batches, lr, steps)
    fitted = Fitted(weight, bias, torch.tensor(labels, device=X.device), *measured)
    return fitted._replace(separated=bool((predict(fitted, X) == y).all()))


def predict(fitted, X):
    """Return the more probable label of each row of `X`."""
    return fitted.labels[(margin(fitted, X) >= 0).long()]


def margin(fitted, X):
    """Return the logit of each row of `X`, by whose sign it is labelled."""
    return F.linear(X, fitted.weight) + fitted.bias
