"""Twin of `scratch.linear_models.softmax_regression`."""

import functools
from typing import NamedTuple

import torch
import torch.nn.functional as F

from reference.linear_models._classifier import descend, step_size


class Fitted(NamedTuple):
    """A weight row and a bias a class, the cost of all data and the norm of its gradient, and whether all are right."""

    weight: torch.Tensor
    bias: torch.Tensor
    cost: torch.Tensor
    gradient_norm: torch.Tensor
    separated: bool = False


def loss(parameters, X, y, reduction="mean", weight_decay=0.0):
    """Return the cost of the parameters weight and bias."""
    weight, bias = parameters
    cost = F.cross_entropy(F.linear(X, weight, bias), y, reduction=reduction)
    return cost + weight_decay / 2 * weight.square().sum()


def fit(X, y, batches=None, *, reduction="mean", weight_decay=0.0, lr=None, steps=100):
    """Return the model after a step for each of the batches, or `steps` of them on all rows."""
    classes = len(y.unique())
    if lr is None:
        lr = step_size(X, 1 / 2, weight_decay, len(X) if reduction == "mean" else 1)
    cost = functools.partial(loss, reduction=reduction, weight_decay=weight_decay)
    fitted = Fitted(*descend(cost, (classes,), X, y, batches, lr, steps))
    return fitted._replace(separated=bool((predict(fitted, X) == y).all()))


def predict(fitted, X):
    """Return the most probable class of each row of `X`."""
    return F.linear(X, fitted.weight, fitted.bias).argmax(dim=-1)


def margin(fitted, X):
    """Return by how much the logit of the class predicted exceeds each of the others."""
    best = F.linear(X, fitted.weight, fitted.bias).topk(len(fitted.bias), dim=-1).values
    return best[:, :1] - best[:, 1:]
