"""Maximum likelihood of a Gaussian.

Source: Gauss, 1809, "Theoria motus"; Fisher, 1922, doi:10.1098/rsta.1922.0009.

Formula:

    ln p(x) = -(ln(2 pi) + ln v + (x - m) u) / 2,   u = (x - m) / v,   v = sigma^2
    m* = (1/N) sum x,   v* = (1/N) sum (x - m*)^2

Gradient: (x - m) u is (x - m)^2 / v, whose derivative by x is 2 u, by m -2 u and by v -u^2. So d/dx = -u, d/dm = u and
d/dv = ((x - m) u - 1) / (2 v), each times the gradient g of the sample's ln p(x). The sums of the last two over the
samples are 0 at m* and v*, where the likelihood is largest. This v* divides by N, not by N - 1: it is biased.

Options:
    reduction: the "sum" or the "mean" over the samples, or "none".

Shapes: `mean` and `var` broadcast to the shape of `input`; `fit` takes `X` (N,), or (N, d) with a mean and a variance
for each column. `predict` returns the log-density of every number.

Errors: ValueError for a variance that is not positive, shapes that do not fit, an unknown reduction, data that are not
finite, and data whose likelihood has no largest value: none, or all equal, which ever smaller variances make ever more
likely.

torch: `torch.distributions.Normal` computes the same from sigma, but squares x - m first, which overflows where the
result does not; (x - m) u does not.

Example:

>>> x = np.array([1.0, 2.0, 6.0])
>>> fitted = fit(x)
>>> float(fitted.mean), float(fitted.var.round(4)), float(fitted.log_likelihood.round(4))
(3.0, 4.6667, -6.5675)
>>> predict(fitted, np.array([3.0])).round(4).tolist()
[-1.6892]
>>> backward(np.array(1.0), x, np.array(0.0), np.array(1.0)).mean.tolist()
9.0
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


class Fitted(NamedTuple):
    """The mean and the variance of largest likelihood, and the log-likelihood of the data."""

    mean: np.ndarray
    var: np.ndarray
    log_likelihood: np.ndarray


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    mean: np.ndarray
    var: np.ndarray


def forward(input, mean, var, reduction="sum"):
    """Return the log-likelihood of `input`, reduced."""
    return reduce(_log_density(input, mean, var, reduction), reduction)


def backward(grad, input, mean, var, reduction="sum"):
    """Return the gradients of `input`, `mean` and `var`."""
    g = per_sample(grad, _log_density(input, mean, var, reduction), reduction)
    u = (input - mean) / var
    dv = ((input - mean) * u - 1) / var / 2
    return Gradients(-g * u, unbroadcast(g * u, mean.shape), unbroadcast(g * dv, var.shape))


def fit(X):
    """Return the Gaussian under which `X` is most likely."""
    if X.ndim == 0 or len(X) == 0 or not np.all(np.isfinite(X)):
        raise ValueError(f"Expected X to hold samples, all finite; got shape {X.shape}.")
    if np.any(np.all(X == X[0], axis=0)):
        raise ValueError(f"Expected X to vary, or no variance is the most likely; got {len(X)} equal samples.")
    mean = np.mean(X, axis=0)
    var = np.mean((X - mean) ** 2, axis=0)
    return Fitted(mean, var, forward(X, mean, var))


def predict(fitted, X):
    """Return the log-density of every number of `X`."""
    return forward(X, fitted.mean, fitted.var, "none")


def _log_density(input, mean, var, reduction):
    require_reduction(reduction)
    if np.any(var <= 0):
        raise ValueError(f"Expected var to be positive; got {np.min(var)}.")
    for name, x in (("mean", mean), ("var", var)):
        if np.broadcast_shapes(x.shape, input.shape) != input.shape:
            raise ValueError(f"Expected {name} to broadcast to the shape of input, {input.shape}; got {x.shape}.")
    difference = input - mean
    # Divided before it is squared, which would overflow where the result does not.
    return -(math.log(2 * math.pi) + np.log(var) + difference * (difference / var)) / 2
