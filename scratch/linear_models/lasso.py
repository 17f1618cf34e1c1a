"""Least squares with an absolute penalty, the lasso, by proximal gradient steps.

Source: Tibshirani, 1996, "Regression Shrinkage and Selection via the Lasso"; the steps, ISTA: Daubechies, Defrise and
De Mol, 2004, doi:10.1002/cpa.20042.

Formula:

    F(w) = c |X w - y|^2 + p sum |w_i|        c = 1/N, 1 or 1/2,  p = alpha/k, alpha or alpha/2
    w <- soft(w - 2 c X'(X w - y) / L, p / L),   L = 2 c |X|_2^2,   soft(x, l) = sign(x) max(|x| - l, 0)

k is the number of weights: by default F is lecture C's MSE + (alpha/k) sum |w|. scikit-learn's `Lasso` is half of F
with "mean", "sum" and twice its alpha. w starts at 0, and stays exactly there where p is at least the largest
|2 c X'y|.

Gradient: dF/dw = 2 c X'(X w - y) + p sign w, since d|w_i|/dw_i is the sign of w_i. At the kink w_i = 0 any number in
[-p, p] may stand for the last term, and 0 is taken.

A step is one of the squared error, then the penalty's proximal map, soft shrinkage. The squared error lies below its
parabola of curvature L at w, whose minimum together with the penalty is this step: F never rises.

The gap, with r = y - X w as a variable of its own and a multiplier t for that constraint: the least of c |r|^2 - t'r
over r is -|t|^2 / 4c, and that of p |w|_1 - (X't)'w is 0 where all |X't|_i <= p, else minus infinity. So every such t
bounds the minimum from below: F* >= D(t) = t'y - |t|^2 / 4c. Taken is t = 2 c s r with s = min(1, p / max |2 c X'r|),
which meets the constraint, and is the best t at the minimum. Then, by y = r + X w,

    gap = F(w) - D(t) = c (1 - s)^2 |r|^2 + sum_i |w_i| (p - sign(w_i) (X't)_i)

in which, unlike in F - D, nothing cancels and no term is negative: F(w) is above the minimum by at most `gap`.
For alpha = 0 the only t that is taken is 0, and the gap is F itself.

Options:
    alpha: the weight of the penalty.
    steps: the number of steps.
    reduction: which c: "mean", "sum" or "half_sum".
    penalty: which p: "mean", "sum" or "half_sum".

Shapes: `X` (N, d), `y` (N,), `weight` (d,), `costs` (steps + 1,), before the first step to after the last. A column
of ones is penalised like any other; centre X and y to be rid of a bias instead.

Errors: ValueError for other shapes, dtypes or N = 0, for NaN and infinities, an unknown reduction or penalty, negative
alpha or steps, and an X whose squares are 0 or overflow.

torch: has none; the twin is written with `mse_loss`, `torch.optim.SGD` and `softshrink`. Autograd takes 0 at the kinks.

Example:

>>> X, y = np.eye(2), np.array([3.0, 0.5])
>>> fitted = fit(X, y, alpha=2.0, steps=1)
>>> fitted.weight.tolist(), fitted.costs.tolist(), float(fitted.gap)
([2.0, 0.0], [4.625, 2.625], 0.0)
"""

from typing import NamedTuple

import numpy as np

from scratch.activations import softshrink
from scratch.linear_models import _regression
from scratch.linear_models._regression import guaranteed_lr, require_data, scaling, squared_error
from scratch.optimizers._require import require_at_least


class Fitted(NamedTuple):
    """The weights, the cost before every step and after the last, and how far at most it is above the minimum."""

    weight: np.ndarray
    costs: np.ndarray
    gap: np.floating


def value_and_grad(parameters, X, y, alpha=1.0, reduction="mean", penalty="mean"):
    """Return the squared error of the weights [w] with the penalty, and a subgradient by w."""
    (weight,) = parameters
    cost, grad = squared_error(weight, X, y, reduction)
    p = float(alpha) * scaling("penalty", penalty, len(weight))
    return cost + p * np.sum(np.abs(weight)), [grad + p * np.sign(weight)]


def fit(X, y, *, alpha=1.0, steps=100, reduction="mean", penalty="mean"):
    """Return the weights after `steps` proximal steps from 0."""
    require_data(X, y)
    require_at_least(0, alpha=alpha, steps=steps)
    c, p = scaling("reduction", reduction, len(y)), float(alpha) * scaling("penalty", penalty, X.shape[1])
    lr = guaranteed_lr(X, c)
    weight = np.zeros(X.shape[1], X.dtype)
    costs = [value_and_grad([weight], X, y, alpha, reduction, penalty)[0]]
    for _ in range(steps):
        grad = squared_error(weight, X, y, reduction)[1]
        weight = softshrink.forward(weight - lr * grad, lr * p)
        costs.append(value_and_grad([weight], X, y, alpha, reduction, penalty)[0])
    return Fitted(weight, np.array(costs), _gap(weight, y - X @ weight, X, c, p))


def predict(fitted, X):
    """Return X w."""
    return _regression.predict(fitted.weight, X)


def _gap(weight, residual, X, c, p):
    """Return how far the cost is above that of the dual point."""
    correlation = 2 * c * (X.T @ residual)
    largest = np.max(np.abs(correlation))
    s = 1.0 if largest <= p else p / largest
    constrained = np.clip(s * correlation, -p, p)  # beyond p by rounding, it would make a term negative
    slack = np.abs(weight) * (p - np.sign(weight) * constrained)
    return c * (1 - s) ** 2 * (residual @ residual) + np.sum(slack)
