"""Maximum likelihood of a linear model with Gaussian noise.

Source: Gauss, 1809, "Theoria motus".

Formula:

    y = w.x + b + e,   e of mean 0 and variance v,   ln p(y | x) = -(ln(2 pi) + ln v + r^2 / v) / 2,   r = y - w.x - b
    v* = (1/N) sum r_i^2,   at the w* and b* of least squares

For v = 1 it is minus half the squared error, and a constant: the most likely w and b are those of least squares.

Gradient: dr/dy = 1 and dr/d(w.x + b) = -1, so u_i = r_i / v is the derivative in w.x_i + b, and d/dy = -u. By the chain
rule d/dw = sum u_i x_i, d/db = sum u_i and d/dX = u w'; and d/dv = sum (r_i^2 / v - 1) / (2 v). Those of w, b and v are
0 at w*, b* and v*. This v* divides by N, not by N less the number of coefficients: it is biased.

Options:
    reduction: the "sum" or the "mean" over the samples, or "none".

Shapes: `input` (N, d), `target` (N,), `weight` (d,), `bias` (), `var` (). `predict` returns w.x + b, the most likely y
of each row.

Errors: ValueError for shapes that do not fit, a variance that is not positive, an unknown reduction, data that are not
finite; and where the likelihood has no largest value or has it at many points: columns that depend on each other or on
1, no more samples than coefficients, or residuals of no more than rounding.

torch: has none; the twin is written with `torch.distributions.Normal`, and fitted by `torch.linalg.lstsq`.

Example:

>>> X, y = np.array([[0.0], [1.0], [2.0]]), np.array([0.0, 2.0, 1.0])
>>> fitted = fit(X, y)
>>> fitted.weight.round(4).tolist(), float(fitted.bias.round(4)), float(fitted.var.round(4))
([0.5], 0.5, 0.5)
>>> backward(np.array(1.0), X, y, np.array([1.0]), np.array(0.0), np.array(1.0)).weight.tolist()
[-1.0]
"""

from typing import NamedTuple

import numpy as np

from scratch.layers import linear
from scratch.likelihoods import gaussian
from scratch.linear_models import least_squares_qr
from scratch.linear_models._classifier import with_ones
from scratch.linear_models._regression import negligible, require_data


class Fitted(NamedTuple):
    """The coefficients and the variance of largest likelihood, and the log-likelihood of the data."""

    weight: np.ndarray
    bias: np.ndarray
    var: np.ndarray
    log_likelihood: np.ndarray


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray
    weight: np.ndarray
    bias: np.ndarray
    var: np.ndarray


def forward(input, target, weight, bias, var, reduction="sum"):
    """Return the log-likelihood of `target` given `input`, reduced."""
    return gaussian.forward(target, linear.forward(input, weight, bias), var, reduction)


def backward(grad, input, target, weight, bias, var, reduction="sum"):
    """Return the gradients of all inputs."""
    outer = gaussian.backward(grad, target, linear.forward(input, weight, bias), var, reduction)
    inner = linear.backward(outer.mean, input, weight, bias)
    return Gradients(inner.input, outer.input, inner.weight, inner.bias, outer.var)


def fit(X, y):
    """Return the model under which `y` is most likely given `X`."""
    require_data(X, y)
    A = with_ones(X)
    if len(A) <= A.shape[1]:
        raise ValueError(f"Expected X to have more rows than there are coefficients, {A.shape[1]}; got {len(A)}.")
    theta = least_squares_qr.fit(A, y).weight
    weight, bias = theta[:-1].copy(), theta[-1].copy()
    var = np.mean((y - linear.forward(X, weight, bias)) ** 2)
    if np.sqrt(var) <= negligible(A) * np.max(np.abs(y)):
        raise ValueError(f"Expected y to differ from every linear model by more than rounding; got variance {var:.3g}.")
    return Fitted(weight, bias, var, forward(X, y, weight, bias, var))


def predict(fitted, X):
    """Return the most likely y of each row of `X`."""
    return linear.forward(X, fitted.weight, fitted.bias)
