"""Logistic regression, by gradient descent.

Source: Cox, 1958, doi:10.1111/j.2517-6161.1958.tb00292.x.

Formula:

    p = Pr(y = 1 | x) = s(z),   z = w.x + b,   s(z) = 1 / (1 + exp(-z))

    labels (0, 1):    l = -y ln p - (1 - y) ln(1 - p)
    labels (-1, 1):   l = ln(1 + exp(-y z))

Both are one loss, since 1 - s(z) = s(-z). The cost is the mean or the sum of l over the samples, and
(weight_decay / 2) sum w^2, without the bias; a mean does not divide the penalty. l is computed from z, never from p.
Start: w = 0, b = 0.

Gradient: For labels (0, 1) l = (1 - y) z + ln(1 + exp(-z)). The derivative of the logarithm is -s(-z) = s(z) - 1, so
d = dl/dz is s(z) - y; for (-1, 1) likewise -y s(-y z). As dz/dw = x and dz/db = 1, the cost's gradient is X'd and
sum d, divided by N for a mean, and weight_decay w.

d2l/dz2 = s(z) s(-z) <= 1/4, so no step of 1 / L raises the cost, with L = |[X 1]|^2 / 4, divided by N for a mean, +
weight_decay. A fit has not converged unless the norm of the last gradient, `gradient_norm`, is 0 to rounding. Without
weight_decay, data that a hyperplane separates have no optimum: along it the cost falls for ever, and w grows, and even
the gradient comes near 0. `separated` says that every label of the data is right, and so that there is no optimum.

Options:
    batches: the rows of every step, (steps, k), which takes the gradient of their cost, reduced likewise; k = 1 is one
        sample a step. None takes all rows in every step.
    labels: what `y` holds, (0, 1) or (-1, 1).
    reduction: the "mean" or the "sum" over the samples.
    weight_decay: the weight of the penalty.
    lr: the step size. None is 1 / L; with batches it must be given.
    steps: the number of steps on all rows.

Shapes: `X` (N, d), `y` (N,), weight (d,), bias (). A point on the boundary, z = 0, is predicted to be 1.

Errors: ValueError for labels other than those named or of one class only, X that is not finite, and options out of
range.

torch: has none; the twin is written with `binary_cross_entropy_with_logits`, `soft_margin_loss` and `torch.optim.SGD`.

Example:

>>> X, y = np.array([[-2.0], [-1.0], [1.0], [3.0]]), np.array([0, 1, 0, 1])
>>> cost, (weight, bias) = value_and_grad([np.zeros(1), np.zeros(())], X, y, reduction="sum")
>>> float(cost.round(4)), weight.tolist(), float(bias)
(2.7726, [-1.5], 0.0)
>>> predict(fit(X, y), X).tolist()
[0, 0, 1, 1]
>>> predict(fit(X, 2 * y - 1, labels=(-1, 1)), X).tolist()
[-1, -1, 1, 1]
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
from scratch.losses import binary_cross_entropy_with_logits, soft_margin_loss

LABELS = ((0, 1), (-1, 1))


class Fitted(NamedTuple):
    """Weight, bias and labels, the cost of all data and the norm of its gradient, and whether every label is right."""

    weight: np.ndarray
    bias: np.ndarray
    labels: np.ndarray
    cost: np.ndarray
    gradient_norm: np.ndarray
    separated: bool = False


def value_and_grad(parameters, X, y, labels=(0, 1), reduction="mean", weight_decay=0.0):
    """Return the cost of the parameters weight and bias, and its gradient by each."""
    require_one_of("reduction", reduction, REDUCTIONS)
    target = _target(y, labels, X.dtype)
    logits, one = linear.forward(X, *parameters), np.ones((), X.dtype)
    if labels == (0, 1):
        cost = binary_cross_entropy_with_logits.forward(logits, target, reduction=reduction)
        d = binary_cross_entropy_with_logits.backward(one, logits, target, reduction=reduction).input
    else:
        cost = soft_margin_loss.forward(logits, target, reduction)
        d = soft_margin_loss.backward(one, logits, target, reduction)
    return penalized(cost, d, X, parameters, weight_decay)


def fit(X, y, batches=None, *, labels=(0, 1), reduction="mean", weight_decay=0.0, lr=None, steps=100):
    """Return the model after a step for each of the batches, or `steps` of them on all rows."""
    require_fit(X, y, labels, reduction)
    lr = step_size(X, batches, lr, 1 / 4, weight_decay, len(X) if reduction == "mean" else 1)
    cost = functools.partial(value_and_grad, labels=labels, reduction=reduction, weight_decay=weight_decay)
    weight, bias, *measured = descend(cost, (), X, y, batches, lr, steps)
    fitted = Fitted(weight, bias, np.array(labels), *measured)
    return fitted._replace(separated=bool(np.all(predict(fitted, X) == y)))


def predict(fitted, X):
    """Return the more probable label of each row of `X`."""
    logits = linear.forward(X, fitted.weight, fitted.bias)
    return fitted.labels[(logits >= 0).astype(int)]


def require_fit(X, y, labels, reduction):
    """Raise a ValueError for data and options that have no fit."""
    require_data(X, y)
    require_one_of("reduction", reduction, REDUCTIONS)
    if np.all(_target(y, labels, X.dtype) == 1) or np.all(y != 1):
        raise ValueError(f"Expected y to hold both labels, {labels[0]} and {labels[1]}; got only {y[:1]}.")


def _target(y, labels, dtype):
    """Return the labels in the type of the numbers."""
    require_one_of("labels", labels, LABELS)
    if y.ndim != 1 or not np.all((y == labels[0]) | (y == labels[1])):
        raise ValueError(f"Expected y to be (N,), of the labels {labels[0]} and {labels[1]}; got {_other(y, labels)}.")
    return y.astype(dtype)


def _other(y, labels):
    return f"shape {y.shape}" if y.ndim != 1 else y[(y != labels[0]) & (y != labels[1])][0]
