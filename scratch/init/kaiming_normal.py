"""Kaiming's start, normal, torch's `kaiming_normal_`.

Source: He, Zhang, Ren and Sun, 2015, arXiv:1502.01852.

Formula:

    W = r z        r = gain / sqrt(fan)

z is `draw`, of mean 0 and variance 1. For a leaky rectifier of slope a, gain = sqrt(2 / (1 + a^2)); the other gains are
torch's.

Derivation: an output is a sum of fan products of independent weights and inputs, so its variance is fan r^2 times the
mean square of an input. A leaky rectifier of slope a leaves (1 + a^2) / 2 of the mean square of what is as often
positive as negative. So r^2 = gain^2 / fan keeps it from layer to layer if gain^2 = 2 / (1 + a^2).

Options:
    a: the slope of a leaky rectifier; None is 0.01.
    mode: "fan_in" keeps the variance of what goes forward, "fan_out" that of the gradients, which go back.
    nonlinearity: what follows the layer, by its name in torch; it decides the gain.
    draw: z; None is refused.

Shapes: `tensor` is (out, in, ...); fan is in k, or with "fan_out" out k, k the product of the rest; `draw` and the
result are like `tensor`.

Errors: ValueError for fewer than two dimensions, another `mode` or `nonlinearity`, a slope that is no number, and for a
draw that is missing or of another shape. Of an empty `tensor` nothing is asked.

torch: draws z itself; the twin hands it the same z. torch refuses a slope above 1e154, whose square overflows; here its
gain is 0.

Example:

>>> forward(np.zeros((1, 2)), draw=np.array([[-0.5, 0.25]])).round(4).tolist()
[[-0.5, 0.25]]
"""

import numpy as np

from scratch.init import normal
from scratch.init._kaiming import deviation


def forward(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", draw=None):
    """Return numbers whose deviation keeps the variance through a rectifier."""
    if tensor.size == 0:  # first, since torch looks at nothing else then
        return np.zeros(tensor.shape, tensor.dtype)
    return normal.forward(tensor, 0.0, deviation(tensor, a, mode, nonlinearity), draw)
