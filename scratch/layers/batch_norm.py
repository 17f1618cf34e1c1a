"""Batch normalization (Ioffe and Szegedy, 2015, arXiv:1502.03167).

    y = w z + b,   z = (x - m) / sqrt(v + e)        m, v: mean and variance of a channel

In training they are those of the batch, and a momentum a mixes them into the running statistics, the variance with
n - 1 in place of n:

    M' = (1 - a) M + a m,   V' = (1 - a) V + a v n / (n - 1)

Otherwise they are the running statistics. In training with running statistics the output is (y, M', V'): torch changes
them in place, here nothing is changed.

Gradient: with g = w dL/dy and r = 1 / sqrt(v + e), in training dL/dx = r (g - mean g - z mean(g z)), since both
statistics depend on x; else dL/dx = r g. By channel, dL/dw = sum dL/dy z and dL/db = sum dL/dy. The running statistics
have no gradient, and none goes through them: of a `grad` of three the first counts.

Shapes: `input` (N, C, ...), everything else (C,). ValueError for shapes that do not fit, one running statistic without
the other, none outside training, and in training one number per channel only or an `eps` that is not positive.

A batch of no samples leaves the running statistics as they are. torch computes x (w r) + (b - m w r), which loses
digits where the mean is far larger than the deviation, and may give a zero another sign.

>>> forward(np.array([[1.0], [3.0]]), None, None, training=True, eps=3.0).tolist()
[[-0.5], [0.5]]
>>> y, mean, var = forward(np.array([[1.0], [3.0]]), np.zeros(1), np.ones(1), training=True, momentum=0.5, eps=3.0)
>>> mean.tolist(), var.tolist()
([1.0], [1.5])
>>> backward(np.array([[1.0], [0.0]]), np.array([[1.0], [3.0]]), None, None, training=True, eps=3.0).input.tolist()
[[0.1875], [-0.1875]]
"""

from typing import NamedTuple

import numpy as np

from scratch._normalize import affine, by_channel, moments, over_channels, pull, require_shape, standardize, updated


class Gradients(NamedTuple):
    """Gradients by input; None for a parameter that was not given."""

    input: np.ndarray
    weight: np.ndarray | None = None
    bias: np.ndarray | None = None


def forward(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Return `input` normalized by channel; in training with running statistics also these, updated."""
    m, v, _ = _statistics(input, running_mean, running_var, weight, bias, training, eps)
    z, _ = standardize(input, m, v, eps)
    output = affine(z, by_channel(weight, input.ndim), by_channel(bias, input.ndim))
    if not training or running_mean is None:
        return output
    return output, *updated(running_mean, running_var, m, v, momentum, input.size // max(input.shape[1], 1))


def backward(grad, input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Return the gradients of `input`, `weight` and `bias`."""
    grad = grad[0] if isinstance(grad, tuple) else grad
    m, v, axes = _statistics(input, running_mean, running_var, weight, bias, training, eps)
    z, r = standardize(input, m, v, eps)
    slope = affine(grad, by_channel(weight, input.ndim), None)
    return Gradients(
        input=pull(slope, z, r, axes) if training else r * slope,
        weight=over_channels(grad * z, weight),
        bias=over_channels(grad, bias),
    )


def _statistics(input, running_mean, running_var, weight, bias, training, eps):
    """Return the mean and the variance to normalize with, and the axes that they are taken over."""
    if input.ndim < 2:
        raise ValueError(f"Expected input to have at least two dimensions, (N, C, ...); got {input.shape}.")
    channels = input.shape[1]
    require_shape((channels,), running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if (running_mean is None) != (running_var is None):
        raise ValueError("Expected running_mean and running_var to be given together; got one of them.")
    if training and eps <= 0:
        raise ValueError(f"Expected eps to be positive for training; got {eps!r}.")
    if training and input.size // max(channels, 1) == 1:
        raise ValueError(f"Expected more than one number per channel for training; got shape {input.shape}.")
    axes = (0, *range(2, input.ndim))
    if training:
        return *moments(input, axes), axes
    if running_mean is None:
        raise ValueError("Expected running_mean and running_var outside training; got None.")
    return by_channel(running_mean, input.ndim), by_channel(running_var, input.ndim), axes
