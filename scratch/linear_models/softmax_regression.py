"""Softmax classifier, or multinomial logistic regression, by gradient descent.

Source: Cox, 1966; Bridle, 1990, "Probabilistic Interpretation of Feedforward Classification Network Outputs".

Formula:

    p_k = Pr(k | x) = exp(z_k) / sum_j exp(z_j),   z = W x + b,   l = -ln p_y = ln(1 + sum_{k != y} exp(z_k - z_y))

The cost is the mean or the sum of l over the samples, and (weight_decay / 2) sum W^2, without the bias. With two
classes it is logistic regression of w = W_1 - W_0: p_1 = s(z_1 - z_0). Start: W = 0, b = 0.

Gradient: l = ln sum_j exp(z_j) - z_y, and the derivative of the logarithm by z_k is p_k, so
d_k = dl/dz_k = p_k - 1{k = y}. Row k of W gets d_k x' of every sample, and b_k the same without x'; divided by N for a
mean; and weight_decay W.

d2l/dz2 = diag(p) - p p' has no eigenvalue above 1/2, so no step of 1 / L raises the cost, L = |[X 1]|^2 / 2, divided by
N for a mean, + weight_decay. A fit has not converged unless `gradient_norm` is 0 to rounding. Without weight_decay,
separable classes have no optimum: `separated` says that every label of the data is right, and so that there is none.

Options:
    batches: the rows of every step, (steps, k), which takes the gradient of their cost, reduced likewise; k = 1 is the
        descent by single samples, in that order. None takes all rows in every step.
    reduction: the "mean" or the "sum" over the samples.
    weight_decay: the weight of the penalty.
    lr: the step size. None is 1 / L; with batches it must be given.
    steps: the number of steps on all rows.

Shapes: `X` (N, d), `y` (N,), integers from 0 to C - 1, weight (C, d), bias (C,). A tie is predicted to be the first of
its classes.

Errors: ValueError if `y` has other labels, lacks one of the classes or has one class only, X is not finite, or an
option is out of range.

torch: has none; the twin is written with `cross_entropy` and `torch.optim.SGD`.

Example:

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
    d = cross_entropy.backward(np.ones((), X.dtype), logits, y, reduction=reduction).input
    return penalized(cost, d, X, parameters, weight_decay)


def fit(X, y, batches=None, *, reduction="mean", weight_decay=0.0, lr=None, steps=100):
    """Return the model after a step for each of the batches, or `steps` of them on all rows."""
    require_data(X, y)
    require_one_of("reduction", reduction, REDUCTIONS)
    classes = _count(y)
    lr = step_size(X, batches, lr, 1 / 2, weight_decay, len(X) if reduction == "mean" else 1)
    cost = functools.partial(value_and_grad, reduction=reduction, weight_decay=weight_decay)
    fitted = Fitted(*descend(cost, (classes,), X, y, batches, lr, steps))
    return fitted._replace(separated=bool(np.all(predict(fitted, X) == y)))


def predict(fitted, X):
    """Return the most probable class of each row of `X`."""
    return np.argmax(linear.forward(X, fitted.weight, fitted.bias), axis=-1)


def _count(y):
    """Return the number of classes, each of which must occur."""
    if y.ndim != 1 or y.dtype.kind not in "iu":
        raise ValueError(f"Expected y to be (N,), of integers; got {y.dtype} of shape {y.shape}.")
    classes = np.unique(y)
    if len(classes) < 2 or not np.array_equal(classes, np.arange(len(classes))):
        raise ValueError(f"Expected y to hold every class from 0 to C - 1, at least two; got {classes.tolist()}.")
    return len(classes)
