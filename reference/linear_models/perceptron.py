"""Twin of `scratch.linear_models.perceptron`."""

from typing import NamedTuple

import torch


class Fitted(NamedTuple):
    """The weight with the fewest errors, how many updates there were, and whether no error is left."""

    weight: torch.Tensor
    mistakes: int
    converged: bool


def fit(X, y, order):
    """Return the best weight on the way of `torch.optim.SGD`, with lr 1, down the loss (f(x) - y) w . x."""
    _require(X, y, order)
    weight = X.new_zeros(X.shape[1], requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=1.0)
    best, fewest, mistakes = weight.detach().clone(), _errors(weight, X, y), 0
    for i in order:
        if fewest == 0:
            break
        score = X[i] @ weight
        off = _unit(score) - y[i]
        if off != 0:
            optimizer.zero_grad()
            (off * score).backward()
            optimizer.step()
            mistakes += 1
            errors = _errors(weight, X, y)
            if errors < fewest:
                best, fewest = weight.detach().clone(), errors
    return Fitted(best, mistakes, fewest == 0)


def predict(fitted, X):
    """Return `torch.heaviside` of the scores, 1 at 0."""
    return _unit(margin(fitted, X)).long()


def margin(fitted, X):
    """Return the scores."""
    if not X.isfinite().all():
        raise ValueError("Expected X to be finite.")
    return X @ fitted.weight


def _unit(score):
    return torch.heaviside(score.detach(), score.new_ones(()))


def _errors(weight, X, y):
    return int((_unit(X @ weight) != y).sum())


def _require(X, y, order):
    if X.dim() != 2 or y.shape != X.shape[:1] or not X.isfinite().all() or y.unique().tolist() != [0, 1]:
        raise ValueError("Expected finite X (N, d) and y (N,) of 0 and 1, both of them.")
    if order.dim() != 1 or ((order < 0) | (order >= len(X))).any():
        raise ValueError("Expected order (T,) to hold row numbers.")
