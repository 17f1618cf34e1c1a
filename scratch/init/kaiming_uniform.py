"""Kaiming's start, uniform (He, Zhang, Ren and Sun, 2015, arXiv:1502.01852).

    W = s (2 u - 1),   s = sqrt(3) r        r = gain / sqrt(fan)

with `draw` = u, uniform in [0, 1). A leaky rectifier of slope a leaves (1 + a^2) / 2 of the mean square, which
gain = sqrt(2 / (1 + a^2)) undoes; the other gains are torch's.
A uniform distribution over [-s, s] has the variance s^2 / 3.

Shapes: `tensor` (out, in, ...); fan is in k, or with "fan_out" out k, k the product of the rest; `draw` and the result
like it. ValueError for fewer than two dimensions, another `mode` or `nonlinearity`, a slope that is no number, and for
a draw that is missing or of another shape. Of an empty `tensor` nothing is asked. torch refuses a slope above 1e154,
whose square overflows; here its gain is 0.

>>> forward(np.zeros((1, 6)), draw=np.array([[0.0, 0.25, 0.5, 0.75, 0.5, 0.5]])).round(4).tolist()
[[-1.0, -0.5, 0.0, 0.5, 0.0, 0.0]]
"""

import math

import numpy as np

from scratch.init import uniform
from scratch.init._kaiming import deviation


def forward(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", draw=None):
    """Return numbers whose deviation keeps the variance through a rectifier."""
    if tensor.size == 0:
        return np.zeros(tensor.shape, tensor.dtype)
    bound = math.sqrt(3) * deviation(tensor, a, mode, nonlinearity)
    return uniform.forward(tensor, -bound, bound, draw)
