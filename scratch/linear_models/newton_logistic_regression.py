"""Logistic regression by Newton's method, also known as iteratively reweighted least squares.

Source: Green, 1984, doi:10.1111/j.2517-6161.1984.tb01288.x.

Formula:

    theta = (w, b),   theta <- theta - t d,   d = H^-1 g,   t = 1, halved while the cost rises

The cost, its gradient g and its labels are those of `logistic_regression`. theta starts at 0.

Derivation: Near theta the cost is about its value + g'e + e'H e / 2 for a step e, which is least for e = -d. With A the
matrix X and a column of ones, and z = A theta, the gradient A'(s(z) - y) has the derivative H = A' D A, D diagonal with
the entries s(z) s(-z), divided by N for a mean, + weight_decay for the weights. It is the same for both kinds of
labels. Near the optimum every step squares the error.

Data that a hyperplane separates have no optimum without weight_decay, which `separated` tells: the steps run on until
H is singular to rounding, and the gradient, too, comes near 0.

Options:
    labels: what `y` holds, (0, 1) or (-1, 1).
    reduction: the "mean" or the "sum" over the samples.
    weight_decay: the weight of the penalty.
    steps: the number of steps.

Shapes: `X` (N, d), `y` (N,), weight (d,), bias (). A point on the boundary, z = 0, is predicted to be 1.

Errors: ValueError for labels other than those named or of one class only, X that is not finite, options out of range, a
singular H, and, without weight_decay, for columns of X that depend on each other or on 1.

torch: has none; the twin is written with autograd's Hessian and `torch.linalg.solve`.

Example:

>>> X, y = np.array([[-2.0], [-1.0], [1.0], [3.0]]), np.array([0, 1, 0, 1])
>>> fitted = fit(X, y)
>>> fitted.weight.round(4).tolist(), float(fitted.bias.round(4))
([0.4447], -0.0976)
"""

import functools
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from scratch.linear_models import logistic_regression
from scratch.linear_models._classifier import with_ones
from scratch.linear_models._regression import require_independent
from scratch.linear_models.logistic_regression import require_fit, value_and_grad
from scratch.optimizers._require import require_at_least


class Fitted(NamedTuple):
    """Weight, bias and labels, the cost of all data and the norm of its gradient, and whether every label is right."""

    weight: np.ndarray
    bias: np.ndarray
    labels: np.ndarray
    cost: np.ndarray
    gradient_norm: np.ndarray
    separated: bool = False


def fit(X, y, *, labels=(0, 1), reduction="mean", weight_decay=0.0, steps=10):
    """Return the model after so many steps of Newton's method from 0."""
    require_fit(X, y, labels, reduction)
    require_at_least(0, weight_decay=weight_decay)
    A = with_ones(X)
    decay = np.full(A.shape[1], weight_decay, X.dtype)
    decay[-1] = 0
    if weight_decay == 0:
        require_independent(A)
    cost = functools.partial(value_and_grad, X=X, y=y, labels=labels, reduction=reduction, weight_decay=weight_decay)
    theta = np.zeros(A.shape[1], X.dtype)
    for _ in range(steps):
        value, g = _at(theta, cost)
        z = A @ theta
        # Not s(z) (1 - s(z)), which is 0 where s(z) rounds to 1, while s(-z) has all its digits.
        D = expit(z) * expit(-z) / (len(X) if reduction == "mean" else 1)
        theta = _moved(theta, _solved((A.T * D) @ A + np.diag(decay), g), value, cost)
    value, g = _at(theta, cost)
    weight, bias, norm = theta[:-1].copy(), theta[-1].copy(), np.sqrt(np.sum(g * g))
    fitted = Fitted(weight, bias, np.array(labels), value, norm)
    return fitted._replace(separated=bool(np.all(predict(fitted, X) == y)))


def predict(fitted, X):
    """Return the more probable label of each row of `X`."""
    return logistic_regression.predict(fitted, X)


def _at(theta, cost):
    """Return the cost at theta and its gradient as one vector."""
    value, (weight, bias) = cost([theta[:-1], theta[-1]])
    return value, np.append(weight, bias)


def _moved(theta, d, value, cost):
    """Return theta less the step, halved while the cost rises; theta itself where no part of the step is of use."""
    t = 1.0
    while t >= np.finfo(theta.dtype).eps:
        if _at(theta - t * d, cost)[0] <= value:
            return theta - t * d
        t /= 2
    return theta


def _solved(H, g):
    try:
        return np.linalg.solve(H, g)
    except np.linalg.LinAlgError as error:
        raise ValueError("Expected data with an optimum; got a singular Hessian, as of separable classes.") from error
