"""Kaiming's start, uniform, torch's `kaiming_uniform_`.

Source: He, Zhang, Ren and Sun, 2015, arXiv:1502.01852.

Formula:

    W = s (2 u - 1),   s = sqrt(3) r        r = gain / sqrt(fan)

u is `draw`, uniform in [0, 1). For a leaky rectifier of slope a, gain = sqrt(2 / (1 + a^2)); the other gains are
torch's.

Derivation: an output is a sum of fan products of independent weights and inputs, so its variance is fan r^2 times the
mean square of an input, if r^2 is the variance of a weight. A leaky rectifier of slope a leaves (1 + a^2) / 2 of the
mean square of what is as often positive as negative. So r^2 = gain^2 / fan keeps it from layer to layer if
gain^2 = 2 / (1 + a^2). A uniform distribution over [-s, s] has the variance s^2 / 3, so s = sqrt(3) r.

Options:
    a: the slope of a leaky rectifier; None is 0.01.
    mode: "fan_in" keeps the variance of what goes forward, "fan_out" that of the gradients, which go back.
    nonlinearity: what follows the layer, by its name in torch; it decides the gain.
    draw: u; None is refused.

Shapes: `tensor` is (out, in, ...); fan is in k, or with "fan_out" out k, k the product of the rest; `draw` and the
result are like `tensor`.

Errors: ValueError for fewer than two dimensions, another `mode` or `nonlinearity`, a slope that is no number, and for a
draw that is missing or of another shape. Of an empty `tensor` nothing is asked.

torch: draws u itself; the twin hands it the same u. torch refuses a slope above 1e154, whose square overflows; here its
gain is 0.

Example:

>>> forward(np.zeros((1, 6)), draw=np.array([[0.0, 0.25, 0.5, 0.75, 0.5, 0.5]])).round(4).tolist()
[[-1.0, -0.5, 0.0, 0.5, 0.0, 0.0]]
"""

import math

import numpy as np

from scratch.init import uniform
from scratch.init._kaiming import deviation


def forward(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", draw=None):
    """Return numbers whose deviation keeps the variance through a rectifier."""
    if tensor.size == 0:  # first, since torch looks at nothing else then
        return np.zeros(tensor.shape, tensor.dtype)
    bound = math.sqrt(3) * deviation(tensor, a, mode, nonlinearity)
    return uniform.forward(tensor, -bound, bound, draw)
