"""Scaled exponential linear unit (Klambauer, Unterthiner, Mayr and Hochreiter, 2017, arXiv:1706.02515).

    y = b a (exp(x) - 1) if x < 0, else b x,    a = 1.6732632423543772, b = 1.0507009873554805

The constants keep mean 0 and variance 1 of the activations of a deep network.

Gradient: b times that of the ELU with alpha = a. At the kink x = 0 any value in [b, a b] is a subgradient; a b is
taken, as torch does.

Shapes: `input`, `grad` and the results all have one shape, any; NaN passes through.

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
