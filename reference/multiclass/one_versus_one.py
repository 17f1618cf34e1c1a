"""Twin of `scratch.multiclass.one_versus_one`."""

from typing import NamedTuple

import torch
import torch.nn.functional as F

from reference.multiclass import _binary


class Fitted(NamedTuple):
    """The learners, one a pair of classes, and what each calls the classes."""

    weight: torch.Tensor
    bias: torch.Tensor
    code: torch.Tensor


def fit(X, y, *, alpha=1.0):
    """Return the learner of each of `torch.combinations`, on the samples of its two classes."""
    k = torch.arange(_binary.require_classes(X, y), device=y.device)
    pairs = torch.combinations(k)
    rows = [(y == i) | (y == j) for i, j in pairs]
    learners = [_binary.least_squares(X[r], y[r] == i, alpha) for r, (i, _) in zip(rows, pairs, strict=True)]
    first, second = F.one_hot(pairs, len(k)).unbind(1)
    weight, bias = _binary.stacked(learners)
    return Fitted(weight, bias, (first - second).T)


def predict(fitted, X):
    """Return the class with most votes for each row of `X`, counted one pair after the other."""
    votes = fitted.code.new_zeros(len(X), len(fitted.code))
    for s, word in zip(_binary.scores(fitted, X).T, fitted.code.T, strict=True):
        votes += F.one_hot(torch.where(s >= 0, word.argmax(), word.argmin()), len(word))
    return votes.argmax(1)


def margin(fitted, X):
    """Return the scores of all pairs."""
    return _binary.scores(fitted, X)
