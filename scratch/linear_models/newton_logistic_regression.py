"""Logistic regression by Newton's method: iteratively reweighted least squares (Green, 1984,
doi:10.1111/j.2517-6161.1984.tb01288.x). The cost is that of `logistic_regression`.

    theta = (w, b),   theta <- theta - t H^-1 g,   t = 1, halved while the cost rises

Hessian: with A the matrix X and a column of ones, the gradient A'(s(A theta) - y) has the derivative A' D A, D diagonal
with the entries s(z) s(-z), divided by N for a mean, + weight_decay for the weights. It is the same for both kinds of
labels. Near the optimum every step squares the error.

Data that a hyperplane separates have no optimum without weight_decay, which `separated` tells: the steps run on until
H is singular to rounding, and the gradient, too, comes near 0.

Shapes and errors as for `logistic_regression`; ValueError too if H is singular, and, without weight_decay, if the
columns of X depend on each other or on 1.

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
        value, slope = _at(theta, cost)
        curvature = expit(A @ theta) * expit(-(A @ theta)) / (len(X) if reduction == "mean" else 1)
        theta = _moved(theta, _solved((A.T * curvature) @ A + np.diag(decay), slope), value, cost)
    value, slope = _at(theta, cost)
    weight, bias, norm = theta[:-1].copy(), theta[-1].copy(), np.sqrt(np.sum(slope * slope))
    fitted = Fitted(weight, bias, np.array(labels), value, norm)
    return fitted._replace(separated=bool(np.all(predict(fitted, X) == y)))


def predict(fitted, X):
    """Return the more probable label of each row of `X`."""
    return logistic_regression.predict(fitted, X)


def _at(theta, cost):
    """Return the cost at theta and its gradient as one vector."""
    value, (weight, bias) = cost([theta[:-1], theta[-1]])
    return value, np.append(weight, bias)


def _moved(theta, way, value, cost):
    """Return theta less the step, halved while the cost rises; theta itself where no part of the step is of use."""
    t = 1.0
    while t >= np.finfo(theta.dtype).eps:
        if _at(theta - t * way, cost)[0] <= value:
            return theta - t * way
        t /= 2
    return theta


def _solved(hessian, slope):
    try:
        return np.linalg.solve(hessian, slope)
    except np.linalg.LinAlgError as error:
        raise ValueError("Expected data with an optimum; got a singular Hessian, as of separable classes.") from error
