"""Maximum likelihood of a coin.

Source: Bernoulli, 1713, "Ars Conjectandi".

Formula:

    ln Pr(x) = x ln p + (1 - x) ln(1 - p),   x in {0, 1}
    p* = (1/N) sum x

A term with the factor 0 is 0, though its logarithm be infinite: what is certain has the log-likelihood 0, what is
impossible -inf. No logarithm is clamped. `losses.binary_cross_entropy` is minus this, clamped at -100.

Gradient: d/dp = x / p - (1 - x) / (1 - p), of which the term with the factor 0 is left out again, and
d/dx = ln p - ln(1 - p); both times the gradient g of the sample's ln Pr(x). The sum of the first over the samples is 0
where (1 - p) sum x = p sum (1 - x), at p*, where the likelihood is largest. If all x are equal, p* is 0 or 1, at the
edge, and the log-likelihood 0.

Options:
    reduction: the "sum" or the "mean" over the samples, or "none".

Shapes: `probs` broadcasts to the shape of `input`; `fit` takes `X` (N,), or (N, d) with a coin for each column.
`predict` returns the log-probability of every x.

Errors: ValueError for x other than 0 and 1, p outside [0, 1] or of a shape that does not fit, an unknown reduction, and
no samples.

torch: `torch.distributions.Bernoulli` clamps p to [eps, 1 - eps], eps = 2.2e-16 in float64: there what is impossible
has a log-probability of -36.04, and so has an x of 1 for every p below eps.

Example:

>>> fitted = fit(np.array([1.0, 0.0, 1.0, 1.0]))
>>> float(fitted.probs), float(fitted.log_likelihood.round(4))
(0.75, -2.2493)
>>> predict(fit(np.array([1.0, 1.0])), np.array([1.0, 0.0])).tolist()
[0.0, -inf]
>>> backward(np.array(1.0), np.array([1.0, 0.0]), np.array(0.25)).probs.round(4).tolist()
2.6667
"""

from typing import NamedTuple

import numpy as np
from scipy.special import xlog1py, xlogy

from scratch._broadcast import unbroadcast
from scratch._reduction import per_sample, reduce, require_reduction


class Fitted(NamedTuple):
    """The probability of 1 that makes the data most likely, and their log-likelihood."""

    probs: np.ndarray
    log_likelihood: np.ndarray


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    probs: np.ndarray


def forward(input, probs, reduction="sum"):
    """Return the log-likelihood of `input`, reduced."""
    return reduce(_log_probability(input, probs, reduction), reduction)


def backward(grad, input, probs, reduction="sum"):
    """Return the gradients of `input` and `probs`."""
    g = per_sample(grad, _log_probability(input, probs, reduction), reduction)
    with np.errstate(divide="ignore"):
        dx = np.log(probs) - np.log1p(-probs)
        dp = np.where(input == 1, 1 / probs, -1 / (1 - probs))  # not the sum, whose other term may be 0 / 0
    return Gradients(g * dx, unbroadcast(g * dp, probs.shape))


def fit(X):
    """Return the coin under which `X` is most likely."""
    if X.ndim == 0 or len(X) == 0:
        raise ValueError(f"Expected X to hold samples; got shape {X.shape}.")
    probs = np.mean(X, axis=0)
    return Fitted(probs, forward(X, probs))


def predict(fitted, X):
    """Return the log-probability of every x of `X`."""
    return forward(X, fitted.probs, "none")


def _log_probability(input, probs, reduction):
    require_reduction(reduction)
    if not np.all((input == 0) | (input == 1)):
        raise ValueError(f"Expected input to hold 0 and 1; got {input[(input != 0) & (input != 1)][0]}.")
    if not np.all((probs >= 0) & (probs <= 1)):
        raise ValueError(f"Expected probs to be between 0 and 1; got {probs[~((probs >= 0) & (probs <= 1))][0]}.")
    if np.broadcast_shapes(probs.shape, input.shape) != input.shape:
        raise ValueError(f"Expected probs to broadcast to the shape of input, {input.shape}; got {probs.shape}.")
    return xlogy(input, probs) + xlog1py(1 - input, -probs)
