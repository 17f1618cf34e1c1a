"""Gaussian error linear unit, torch's `gelu`.

Source: Hendrycks and Gimpel, 2016, arXiv:1606.08415.

Formula:

    none:  y = x Phi(x),    Phi(x) = erfc(-x / sqrt 2) / 2
    tanh:  y = x s,         s = (1 + tanh u) / 2 = sigmoid(2 u),    u = sqrt(2 / pi) (x + 0.044715 x^3)

Gradient: without approximation dy/dx = Phi(x) + x phi(x), with phi(x) = exp(-x^2 / 2) / sqrt(2 pi), the density of the
normal distribution, which is the derivative of Phi. With tanh, ds/du = 2 s (1 - s), so dy/dx = s + 2 x s (1 - s) du/dx
with du/dx = sqrt(2 / pi) (1 + 3 * 0.044715 x^2). 1 - s is computed as sigmoid(-2 u), which keeps its digits.

Options:
    approximate: "none" takes the distribution function of the normal distribution, "tanh" an approximation of it.

Shapes: `input`, `grad` and the results all have one shape, any.

Errors: ValueError for an unknown `approximate`.

torch: computes 1 + erf(x / sqrt 2) and loses all digits in the left tail (below about -5.5 in float32, -8.3 in
float64); erfc keeps them. Its tanh form loses them in the same way. The gradient of the tanh form is NaN where x^2
overflows, from 1.8e19 on in float32 (1.3e154 in float64), and here from 5e19 (3.7e154) on.

Example:

>>> forward(np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[-0.1587, 0.0, 1.9545]
>>> forward(np.array([-1.0, 0.0, 2.0]), approximate="tanh").round(4).tolist()
[-0.1588, 0.0, 1.9546]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[-0.0833, 0.5, 1.0852]
"""

import math

import numpy as np
from scipy.special import erfc, expit

CUBIC = 0.044715
ROOT_2_OVER_PI = math.sqrt(2 / math.pi)


def forward(input, approximate="none"):
    """Return the GELU of `input`, elementwise."""
    return input * _share(input, approximate)


def backward(grad, input, approximate="none"):
    """Return the gradient of `input`."""
    share = _share(input, approximate)
    if approximate == "none":
        density = np.exp(-input * input / 2) / math.sqrt(2 * math.pi)
        return grad * (share + input * density)
    slope = ROOT_2_OVER_PI * (1 + 3 * CUBIC * input * input)
    # expit(-2 u) is 1 - share, which would have no digits left where share is near 1
    return grad * (share + 2 * input * share * expit(-2 * _tanh_argument(input)) * slope)


def _share(x, approximate):
    """Return the factor of x: Phi(x), or its tanh approximation."""
    if approximate == "none":
        # not 1 + erf, which cancels in the left tail
        return erfc(-x / math.sqrt(2)) / 2
    if approximate == "tanh":
        return expit(2 * _tanh_argument(x))
    raise ValueError(f"Expected approximate to be 'none' or 'tanh'; got {approximate!r}.")


def _tanh_argument(x):
    x = np.clip(x, -30, 30)  # the share is 0 or 1 from there on, and the cube would overflow
    return ROOT_2_OVER_PI * x * (1 + CUBIC * x * x)
