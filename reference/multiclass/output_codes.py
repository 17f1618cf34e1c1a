"""Twin of `scratch.multiclass.output_codes`."""

from itertools import product
from typing import NamedTuple

import torch

from reference.multiclass import _binary


class Fitted(NamedTuple):
    """The learners, one a bit, and the code words."""

    weight: torch.Tensor
    bias: torch.Tensor
    code: torch.Tensor


def fit(X, y, code=None, *, alpha=1.0):
    """Return the learners of the bits of `code`."""
    classes = _binary.require_classes(X, y)
    words = _exhaustive(classes, y.device) if code is None else code.clone()
    if len(torch.unique(words, dim=0)) != classes or not (words.abs() == 1).all() or (words == words[0]).all(0).any():
        raise ValueError("Expected a word of -1 and 1 for each class, all different, and every bit to divide them.")
    weight, bias = _binary.stacked([_binary.least_squares(X, bit[y] == 1, alpha) for bit in words.T])
    return Fitted(weight, bias, words)


def predict(fitted, X):
    """Return the class whose code word is nearest for each row of `X`."""
    said = torch.where(_binary.scores(fitted, X) >= 0, 1, -1)
    return torch.stack([(said != word).sum(1) for word in fitted.code], dim=1).argmin(1)


def margin(fitted, X):
    """Return the scores of all bits."""
    return _binary.scores(fitted, X)


def _exhaustive(classes, device):
    """Return the bits that are 1 for class 0 and not for all others."""
    bits = [(1, *others) for others in product((-1, 1), repeat=classes - 1)][:-1]
    return torch.tensor(bits, device=device).T.contiguous()
