"""Mish, torch's `mish`: x times the hyperbolic tangent of its softplus.

Source: Misra, 2019, arXiv:1908.08681.

Formula:

    y = x tanh(u),    u = softplus(x) = log(1 + exp(x))

Gradient: du/dx = exp(x) / (1 + exp(x)) = s(x), the sigmoid, and tanh has the derivative 1 / cosh^2, so by the product
rule dy/dx = tanh(u) + x s(x) / cosh(u)^2.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: computes the same, NaN included.

Example:

>>> import numpy as np
>>> forward(np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[-0.3034, 0.0, 1.944]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[0.0592, 0.6, 1.0693]
"""

from scipy.special import expit

from scratch.activations import softplus, tanh


def forward(input):
    """Return the Mish of `input`, elementwise."""
    return input * tanh.forward(softplus.forward(input))


def backward(grad, input):
    """Return the gradient of `input`."""
    u = softplus.forward(input)
    # tanh.backward has the digits of 1 / cosh(u)^2 that 1 - tanh(u)^2 loses
    return grad * (tanh.forward(u) + input * tanh.backward(expit(input), u))
