"""Softmax classifier, or multinomial logistic regression (Cox, 1966; Bridle, 1990), by gradient descent.

    Pr(k | x) = exp(z_k) / sum_j exp(z_j),   z = W x + b,   l = -ln Pr(y | x) = ln(1 + sum_{k != y} exp(z_k - z_y))

The cost is the mean or the sum of l over the samples, and (weight_decay / 2) sum W^2, without the bias.

Gradient: dl/dz_k = Pr(k) - 1{k = y}, so that row k of W gets (Pr(k) - 1{k = y}) x' of every sample, and b_k the same
without x'; divided by N for a mean; and weight_decay W. d2l/dz2 = diag(p) - p p' has no eigenvalue above 1/2: no step
of 1 / L raises the cost, L = |[X 1]|^2 / 2, divided by N for a mean, + weight_decay. That is `lr` = None.

`batches` (steps, k) holds the rows of every step, which then goes along the gradient of the cost of these rows, reduced
likewise; k = 1 is the descent by single samples, in that order. Absent, every one of `steps` steps takes all rows.
Start: W = 0, b = 0.

With two classes it is logistic regression of w = W_1 - W_0: p_1 = s(z_1 - z_0). A fit has not converged unless
`gradient_norm` is 0 to rounding. Without weight_decay, separable classes have no optimum: `separated` says that every
label of the data is right, and so that there is none.

Shapes: `X` (N, d), `y` (N,), integers from 0 to C - 1, weight (C, d), bias (C,). A tie is predicted to be the first of
its classes. ValueError if `y` has other labels, lacks one of the classes or has one class only, X is not finite, or an
option is out of range.

>>> X, y = np.array([[0.0, 1.0], [1.0, 0.0], [-1.0, -1.0]]), np.array([0, 1, 2])
>>> cost, (weight, bias) = value_and_grad([np.zeros((3, 2)), np.zeros(3)], X, y, reduction="sum")
>>> float(cost.round(4)), weight.round(4).tolist()
(3.2958, [[0.0, -1.0], [-1.0, 0.0], [1.0, 1.0]])
>>> predict(fit(X, y), X).tolist()
[0, 1, 2]
"""

import functools
from typing import NamedTuple

import numpy as np

from scratch.layers import linear
from scratch.linear_models._classifier import (
    REDUCTIONS,
    descend,
    penalized,
    require_data,
    require_one_of,
    step_size,
)
from scratch.losses import cross_entropy


class Fitted(NamedTuple):
    """A weight row and a bias a class, the cost of all data and the norm of its gradient, and whether all are right."""

    weight: np.ndarray
    bias: np.ndarray
    cost: np.ndarray
    gradient_norm: np.ndarray
    separated: bool = False


def value_and_grad(parameters, X, y, reduction="mean", weight_decay=0.0):
    """Return the cost of the parameters weight and bias, and its gradient by each."""
    require_one_of("reduction", reduction, REDUCTIONS)
    logits = linear.forward(X, *parameters)
    cost = cross_entropy.forward(logits, y, reduction=reduction)
    slope = cross_entropy.backward(np.ones((), X.dtype), logits, y, reduction=reduction).input
    return penalized(cost, slope, X, parameters, weight_decay)


def fit(X, y, batches=None, *, reduction="mean", weight_decay=0.0, lr=None, steps=100):
    """Return the model after a step for each of the batches, or `steps` of them on all rows."""
    require_data(X, y)
    require_one_of("reduction", reduction, REDUCTIONS)
    classes = _count(y)
    lr = step_size(X, batches, lr, 1 / 2, weight_decay, len(X) if reduction == "mean" else 1)
    cost = functools.partial(value_and_grad, reduction=reduction, weight_decay=weight_decay)
    start = [np.zeros((classes, X.shape[1]), X.dtype), np.zeros(classes, X.dtype)]
    (weight, bias), *measured = descend(cost, start, X, y, batches, lr, steps)
    fitted = Fitted(weight, bias, *measured)
    return fitted._replace(separated=bool(np.all(predict(fitted, X) == y)))


def predict(fitted, X):
    """Return the most probable class of each row of `X`."""
    return np.argmax(linear.forward(X, fitted.weight, fitted.bias), axis=-1)


def _count(y):
    """Return the number of classes, each of which must occur."""
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise ValueError(f"Expected y to be (N,), of integers; got {y.dtype} of shape {y.shape}.")
    found = np.unique(y)
    if len(found) < 2 or not np.array_equal(found, np.arange(len(found))):
        raise ValueError(f"Expected y to hold every class from 0 to C - 1, at least two; got {found.tolist()}.")
    return len(found)
