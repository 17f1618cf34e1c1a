"""Softplus, torch's `softplus`: a smooth rectified linear unit.

Source: Dugas, Bengio, Belisle, Nadeau and Garcia, 2000, "Incorporating Second-Order Functional Knowledge for Better
Option Pricing".

Formula: the second form of the logarithm neither overflows nor loses digits.

    z = beta x
    y = log(1 + exp(z)) / beta = (max(z, 0) + log1p(exp(-|z|))) / beta    where z <= threshold
    y = x                                                                 elsewhere

Gradient: dy/dz = exp(z) / (1 + exp(z)) / beta and dz/dx = beta, so dy/dx = s(z), with s the sigmoid; dy/dx = 1 where
z > threshold. At z = threshold, where y jumps by log1p(exp(-threshold)) / beta, the curve still counts.

Options:
    beta: how sharp the bend at 0 is; the larger, the nearer to relu.
    threshold: the largest beta x that the logarithm is taken of; y is x beyond.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the curve at the threshold, too. It computes log1p(exp(z)), which is infinite, with a gradient of NaN, for
z above 709 (88 in float32) that a larger `threshold` lets in.

Example:

>>> forward(np.array([-1.0, 0.0, 30.0])).round(4).tolist()
[0.3133, 0.6931, 30.0]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 30.0])).round(4).tolist()
[0.2689, 0.5, 1.0]
"""

import numpy as np
from scipy.special import expit


def forward(input, beta=1, threshold=20):
    """Return the softplus of `input`, elementwise."""
    z = beta * input
    # the exponent is never positive, so that nothing overflows in the branch that is not taken, either
    return np.where(z > threshold, input, (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z)))) / beta)


def backward(grad, input, beta=1, threshold=20):
    """Return the gradient of `input`."""
    z = beta * input
    return np.where(z > threshold, grad, grad * expit(z))
