"""Batch normalization, torch's `batch_norm`.

Source: Ioffe and Szegedy, 2015, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate
Shift", arXiv:1502.03167.

Formula:

    y = w z + b,   z = (x - m) r,   r = 1 / sqrt(v + eps)
    m = mean x,   v = mean (x - m)^2                                        in training, over a channel's n numbers
    m = running_mean,   v = running_var                                     else
    running_mean <- (1 - momentum) running_mean + momentum m                in training
    running_var  <- (1 - momentum) running_var + momentum v n / (n - 1)     in training

Gradient: let g = dL/dz = w dL/dy. In training x reaches z in three ways, by itself, through m and through v:

    by itself      r g
    through m      dL/dm = -r sum g,   dm/dx = 1 / n                         so -r mean g
    through v      dL/dv = sum g (x - m) dr/dv = -r^2 sum(g z) / 2           since dr/dv = -r^3 / 2
                   dv/dx = 2 (x - m) / n = 2 z / (r n)                       so -r z mean(g z)

v does not change with m, since mean(x - m) = 0. Together dL/dx = r (g - mean g - z mean(g z)). Else m and v are
constants, and dL/dx = r g. By channel, dL/dw = sum dL/dy z and dL/db = sum dL/dy. The running statistics have no
gradient, and none goes through them.

Options:
    weight, bias: w and b; None for 1 and 0.
    training: normalize with the statistics of the batch, and update the running ones if given.
    momentum: how far the running statistics move towards those of the batch.
    eps: added to the variance, so that a channel that is constant divides nothing by 0.

Shapes: `input` is (N, C, ...), everything else (C,). In training with running statistics the output is y and both of
them, updated, and of a `grad` of three the first counts.

Errors: ValueError for shapes that do not fit, one running statistic without the other, none outside training, and in
training for one number per channel only and for an `eps` that is not positive.

torch: changes the running statistics in place; here nothing is changed. A batch of no samples leaves them as they are.
torch computes x (w r) + (b - m w r), which loses digits where the mean is far larger than the deviation, and may give a
zero another sign.

Example:

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

from scratch._normalize import (
    affine,
    by_channel,
    by_channel_backward,
    mean,
    moments,
    require_shape,
    standardize,
    updated_statistics,
)


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
    n = input.size // max(input.shape[1], 1)
    return output, *updated_statistics(running_mean, running_var, m, v, momentum, n)


def backward(grad, input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Return the gradients of `input`, `weight` and `bias`."""
    grad = grad[0] if isinstance(grad, tuple) else grad
    m, v, axes = _statistics(input, running_mean, running_var, weight, bias, training, eps)
    z, r = standardize(input, m, v, eps)
    g = affine(grad, by_channel(weight, input.ndim), None)
    return Gradients(
        input=r * (g - mean(g, axes) - z * mean(g * z, axes)) if training else r * g,
        weight=by_channel_backward(grad * z, weight),
        bias=by_channel_backward(grad, bias),
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
