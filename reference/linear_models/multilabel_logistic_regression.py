"""Twin of `scratch.linear_models.multilabel_logistic_regression`."""

import functools
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F

from reference.linear_models._classifier import descend, step_size


class Fitted(NamedTuple):
    """A weight row and a bias an output, cost and norm of the gradient on all data, and if an output is all right."""

    weight: torch.Tensor
    bias: torch.Tensor
    cost: torch.Tensor
    gradient_norm: torch.Tensor
    separated: bool = False


REDUCED: dict[str, Any] = {"mean": torch.mean, "sum": torch.sum}


def loss(parameters, X, y, outputs="sum", reduction="mean", weight_decay=0.0):
    """Return the cost of the parameters weight and bias."""
    weight, bias = parameters
    losses = F.binary_cross_entropy_with_logits(F.linear(X, weight, bias), y.to(X.dtype), reduction="none")
    cost = REDUCED[reduction](REDUCED[outputs](losses, dim=1))
    return cost + weight_decay / 2 * weight.square().sum()


def fit(X, y, batches=None, *, outputs="sum", reduction="mean", weight_decay=0.0, lr=None, steps=100):
    """Return the model after a step for each of the batches, or `steps` of them on all rows."""
    samples, classes = y.shape
    if lr is None:
        total = (samples if reduction == "mean" else 1) * (classes if outputs == "mean" else 1)
        lr = step_size(X, 1 / 4, weight_decay, total)
    cost = functools.partial(loss, outputs=outputs, reduction=reduction, weight_decay=weight_decay)
    fitted = Fitted(*descend(cost, (classes,), X, y, batches, lr, steps))
    return fitted._replace(separated=bool((predict(fitted, X) == y).all(dim=0).any()))


def predict(fitted, X):
    """Return 1 for every label that is at least as probable as not, and 0 for the others."""
    return (margin(fitted, X) >= 0).long()


def margin(fitted, X):
    """Return the logits, by whose signs the labels are chosen."""
    return F.linear(X, fitted.weight, fitted.bias)
