"""Instance normalization (Ulyanov, Vedaldi and Lempitsky, 2016, arXiv:1607.08022).

    y = w z + b,   z = (x - m) / sqrt(v + e)        m, v: mean and variance of one channel of one sample

Without `use_input_stats` the running statistics take the place of m and v. With them, given running statistics move
towards the average of m and of v n / (n - 1) over the samples by a momentum a, as in batch normalization, and the
output is (y, M', V'): torch changes them in place, here nothing is changed.

Gradient: with g = w dL/dy and r = 1 / sqrt(v + e), dL/dx = r (g - mean g - z mean(g z)) over each channel of each
sample, or r g with the running statistics. By channel, dL/dw = sum dL/dy z and dL/db = sum dL/dy. The running
statistics have no gradient, and none goes through them: of a `grad` of three the first counts.

Shapes: `input` (N, C, ...), everything else (C,). ValueError for shapes that do not fit, one running statistic without
the other, none without `use_input_stats`, and one number per channel only with it.

Numbers of no extent leave the running statistics as they are; no samples turn them into NaN, as in torch, which fails
on no samples where a weight or a bias is given; here they give an empty output.

>>> forward(np.array([[[1.0, 3.0], [5.0, 5.0]]]), eps=3.0).tolist()
[[[-0.5, 0.5], [0.0, 0.0]]]
>>> backward(np.array([[[1.0, 0.0]]]), np.array([[[1.0, 3.0]]]), eps=3.0).input.tolist()
[[[0.1875, -0.1875]]]
"""

import math
from typing import NamedTuple

import numpy as np

from scratch._normalize import affine, by_channel, moments, over_channels, pull, require_shape, standardize, updated


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
    of_samples = np.mean(m, axis=0), np.mean(v, axis=0)
    return output, *updated(running_mean, running_var, *of_samples, momentum, math.prod(input.shape[2:]))


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
    slope = affine(grad, by_channel(weight, input.ndim), None)
    return Gradients(
        input=pull(slope, z, r, axes) if use_input_stats else r * slope,
        weight=over_channels(grad * z, weight),
        bias=over_channels(grad, bias),
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
