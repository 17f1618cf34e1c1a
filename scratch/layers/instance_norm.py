"""Instance normalization, torch's `instance_norm`.

Source: Ulyanov, Vedaldi and Lempitsky, 2016, "Instance Normalization: The Missing Ingredient for Fast Stylization",
arXiv:1607.08022.

Formula:

    y = w z + b,   z = (x - m) r,   r = 1 / sqrt(v + eps)
    m = mean x,   v = mean (x - m)^2            with use_input_stats, over the n numbers of a channel of one sample
    m = running_mean,   v = running_var         else
    running_mean <- (1 - momentum) running_mean + momentum M                     with use_input_stats
    running_var  <- (1 - momentum) running_var + momentum V n / (n - 1)          with use_input_stats

M and V are the averages of m and v over the samples.

Gradient: let g = dL/dz = w dL/dy. x reaches z by itself, which gives r g, through m and through v. dL/dm = -r sum g and
dm/dx = 1 / n give -r mean g. v does not change with m, since mean(x - m) = 0. dr/dv = -r^3 / 2, so
dL/dv = sum g (x - m) dr/dv = -r^2 sum(g z) / 2, and with dv/dx = 2 (x - m) / n = 2 z / (r n) this gives -r z mean(g z).
Together dL/dx = r (g - mean g - z mean(g z)), or r g with the running statistics, which are constants. By channel,
dL/dw = sum dL/dy z and dL/db = sum dL/dy. The running statistics have no gradient, and none goes through them.

Options:
    running_mean, running_var: statistics of former batches, both or none.
    weight, bias: w and b; None for 1 and 0.
    use_input_stats: normalize with the statistics of `input`, and update the running ones if given.
    momentum: how far the running statistics move towards those of the batch.
    eps: added to the variance, so that a channel that is constant divides nothing by 0.

Shapes: `input` is (N, C, ...), everything else (C,). With `use_input_stats` and running statistics the output is y and
both of them, updated, and of a `grad` of three the first counts.

Errors: ValueError for shapes that do not fit, one running statistic without the other, none without `use_input_stats`,
and with it for one number per channel only.

torch: changes the running statistics in place; here nothing is changed. Numbers of no extent leave them as they are; no
samples turn them into NaN. torch fails on no samples where a weight or a bias is given; here they give an empty output.

Example:

>>> forward(np.array([[[1.0, 3.0], [5.0, 5.0]]]), eps=3.0).tolist()
[[[-0.5, 0.5], [0.0, 0.0]]]
>>> backward(np.array([[[1.0, 0.0]]]), np.array([[[1.0, 3.0]]]), eps=3.0).input.tolist()
[[[0.1875, -0.1875]]]
"""

import math
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


def forward(
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """Return `input` normalized by sample and channel; also given running statistics, updated, if it has its own."""
    m, v, _ = _statistics(input, running_mean, running_var, weight, bias, use_input_stats)
    z, _ = standardize(input, m, v, eps)
    output = affine(z, by_channel(weight, input.ndim), by_channel(bias, input.ndim))
    if not use_input_stats or running_mean is None:
        return output
    if input.shape[0] == 0:
        return output, np.full_like(running_mean, math.nan), np.full_like(running_var, math.nan)
    averages = np.mean(m, axis=0), np.mean(v, axis=0)
    return output, *updated_statistics(running_mean, running_var, *averages, momentum, math.prod(input.shape[2:]))


def backward(
    grad,
    input,
    running_mean=None,
    running_var=None,
    weight=None,
    bias=None,
    use_input_stats=True,
    momentum=0.1,
    eps=1e-5,
):
    """Return the gradients of `input`, `weight` and `bias`."""
    grad = grad[0] if isinstance(grad, tuple) else grad
    m, v, axes = _statistics(input, running_mean, running_var, weight, bias, use_input_stats)
    z, r = standardize(input, m, v, eps)
    g = affine(grad, by_channel(weight, input.ndim), None)
    return Gradients(
        input=r * (g - mean(g, axes) - z * mean(g * z, axes)) if use_input_stats else r * g,
        weight=by_channel_backward(grad * z, weight),
        bias=by_channel_backward(grad, bias),
    )


def _statistics(input, running_mean, running_var, weight, bias, use_input_stats):
    """Return the mean and the variance to normalize with, and the axes that they are taken over."""
    if input.ndim < 2:
        raise ValueError(f"Expected input to have at least two dimensions, (N, C, ...); got {input.shape}.")
    require_shape(input.shape[1:2], running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)
    if (running_mean is None) != (running_var is None):
        raise ValueError("Expected running_mean and running_var to be given together; got one of them.")
    axes = tuple(range(2, input.ndim))
    if use_input_stats:
        if math.prod(input.shape[2:]) == 1:
            raise ValueError(f"Expected more than one number per sample and channel; got shape {input.shape}.")
        return *moments(input, axes), axes
    if running_mean is None:
        raise ValueError("Expected running_mean and running_var without use_input_stats; got None.")
    return by_channel(running_mean, input.ndim), by_channel(running_var, input.ndim), axes
