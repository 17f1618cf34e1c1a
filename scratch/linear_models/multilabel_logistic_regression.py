"""Multi-label classification, a sigmoid an output (binary relevance), by gradient descent.

Source: Tsoumakas and Katakis, 2007, doi:10.4018/jdwm.2007070101.

Formula:

    p_k = Pr(y_k = 1 | x) = s(z_k),   z = W x + b,   l_k = -y_k ln p_k - (1 - y_k) ln(1 - p_k)

A sample's loss is the sum or the mean of l_k over the C outputs; the cost is the mean or the sum over the samples, and
(weight_decay / 2) sum W^2, without the bias. Probabilities need not sum to 1: each output is a logistic regression of
its own, on the same data and with the same step size. Start: W = 0, b = 0.

Gradient: l_k = (1 - y_k) z_k + ln(1 + exp(-z_k)), and the derivative of the logarithm is s(z_k) - 1, so
d_k = dl_k/dz_k = s(z_k) - y_k. With a row of d for each sample, the cost's gradient is d'X in W and the column sums of
d in b, divided by N for a mean over the samples and by C for one over the outputs; and weight_decay W.

d2l_k/dz_k2 <= 1/4, so no step of 1 / L raises the cost, L = |[X 1]|^2 / 4, divided by the same, + weight_decay. Without
weight_decay there is no optimum if an output has all its labels right, which `separated` tells.

Options:
    batches: the rows of every step, (steps, k), which takes the gradient of their cost, reduced likewise. None takes
        all rows in every step.
    outputs: the "sum" or the "mean" over the outputs.
    reduction: the "mean" or the "sum" over the samples.
    weight_decay: the weight of the penalty.
    lr: the step size. None is 1 / L; with batches it must be given.
    steps: the number of steps on all rows.

Shapes: `X` (N, d), `y` (N, C) of 0 and 1, weight (C, d), bias (C,). A point on the boundary of an output is predicted
to have the label.

Errors: ValueError for other labels, an output with one label only, X that is not finite, and options out of range.

torch: has none; the twin is written with `binary_cross_entropy_with_logits` and `torch.optim.SGD`.

Example:

>>> X, y = np.array([[-2.0], [-1.0], [1.0], [3.0]]), np.array([[0, 1], [1, 1], [0, 0], [1, 1]])
>>> cost, (weight, bias) = value_and_grad([np.zeros((2, 1)), np.zeros(2)], X, y, outputs="sum", reduction="sum")
>>> float(cost.round(4)), weight.tolist(), bias.tolist()
(5.5452, [[-1.5], [0.5]], [0.0, -1.0])
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
from scratch.losses import binary_cross_entropy_with_logits


class Fitted(NamedTuple):
    """A weight row and a bias an output, cost and norm of the gradient on all data, and if an output is all right."""

    weight: np.ndarray
    bias: np.ndarray
    cost: np.ndarray
    gradient_norm: np.ndarray
    separated: bool = False


def value_and_grad(parameters, X, y, outputs="sum", reduction="mean", weight_decay=0.0):
    """Return the cost of the parameters weight and bias, and its gradient by each."""
    target, total = _target(y, X.dtype), _total(y.shape, outputs, reduction)
    logits, one = linear.forward(X, *parameters), np.ones((), X.dtype)
    cost = binary_cross_entropy_with_logits.forward(logits, target, reduction="sum") / total
    d = binary_cross_entropy_with_logits.backward(one / total, logits, target, reduction="sum").input
    return penalized(cost, d, X, parameters, weight_decay)


def fit(X, y, batches=None, *, outputs="sum", reduction="mean", weight_decay=0.0, lr=None, steps=100):
    """Return the model after a step for each of the batches, or `steps` of them on all rows."""
    require_data(X, y)
    frequency = np.mean(_target(y, X.dtype), axis=0)
    if np.any((frequency == 0) | (frequency == 1)):
        k = np.argmax((frequency == 0) | (frequency == 1))
        raise ValueError(f"Expected y to hold both labels in every column; got only {y[0, k]} in column {k}.")
    lr = step_size(X, batches, lr, 1 / 4, weight_decay, _total(y.shape, outputs, reduction))
    cost = functools.partial(value_and_grad, outputs=outputs, reduction=reduction, weight_decay=weight_decay)
    fitted = Fitted(*descend(cost, y.shape[1:], X, y, batches, lr, steps))
    return fitted._replace(separated=bool(np.any(np.all(predict(fitted, X) == y, axis=0))))


def predict(fitted, X):
    """Return 1 for every label that is at least as probable as not, (N, C), and 0 for the others."""
    return (linear.forward(X, fitted.weight, fitted.bias) >= 0).astype(int)


def _target(y, dtype):
    """Return the labels in the type of the numbers."""
    if y.ndim != 2 or not np.all((y == 0) | (y == 1)):
        got = f"shape {y.shape}" if y.ndim != 2 else y[(y != 0) & (y != 1)][0]
        raise ValueError(f"Expected y to be (N, C), of the labels 0 and 1; got {got}.")
    return y.astype(dtype)


def _total(shape, outputs, reduction):
    """Return what the sum over samples and outputs is divided by."""
    require_one_of("reduction", reduction, REDUCTIONS)
    require_one_of("outputs", outputs, REDUCTIONS)
    return (shape[0] if reduction == "mean" else 1) * (shape[1] if outputs == "mean" else 1)
