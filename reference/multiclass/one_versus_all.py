"""Twin of `scratch.multiclass.one_versus_all`."""

from typing import NamedTuple

import torch

from reference.multiclass import _binary, argmax


class Fitted(NamedTuple):
    """The learners, one a class."""

    weight: torch.Tensor
    bias: torch.Tensor


def fit(X, y, *, alpha=1.0):
    """Return the learner of each class against all others."""
    classes = _binary.require_classes(X, y)
    return Fitted(*_binary.stacked([_binary.least_squares(X, y == k, alpha) for k in range(classes)]))


def predict(fitted, X):
    """Return the class of the largest score of each row of `X`."""
    return argmax.forward(_binary.scores(fitted, X))


def margin(fitted, X):
    """Return how far the largest score is ahead of the others."""
    return argmax.margin(_binary.scores(fitted, X))
