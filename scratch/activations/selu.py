"""Scaled exponential linear unit, torch's `selu`.

Source: Klambauer, Unterthiner, Mayr and Hochreiter, 2017, arXiv:1706.02515.

Formula: the constants keep mean 0 and variance 1 of the activations of a deep network.

    y = SCALE ALPHA (exp(x) - 1)    where x < 0,    ALPHA = 1.6732632423543772
    y = SCALE x                     elsewhere,      SCALE = 1.0507009873554805

Gradient: dy/dx = SCALE ALPHA exp(x) where x < 0 and SCALE where x > 0. At the kink x = 0 any value in
[SCALE, SCALE ALPHA] is a subgradient; SCALE ALPHA is taken.

Shapes: `input`, `grad` and the results all have one shape, any.

torch: takes the same subgradient at 0. NaN passes through; at NaN torch's gradient is NaN where it works on whole
vectors, and SCALE times `grad` in the remainder of the array, and here it is NaN.

Example:

>>> import numpy as np
>>> forward(np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[-1.1113, 0.0, 2.1014]
>>> backward(np.array([1.0, 1.0, 1.0]), np.array([-1.0, 0.0, 2.0])).round(4).tolist()
[0.6468, 1.7581, 1.0507]
"""

from scratch.activations import elu

ALPHA = 1.6732632423543772848170429916717
SCALE = 1.0507009873554804934193349852946


def forward(input):
    """Return the SELU of `input`, elementwise."""
    return SCALE * elu.forward(input, ALPHA)


def backward(grad, input):
    """Return the gradient of `input`."""
    return SCALE * elu.backward(grad, input, ALPHA)
