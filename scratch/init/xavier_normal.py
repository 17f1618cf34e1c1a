"""Xavier's start, normal (Glorot and Bengio, 2010, AISTATS).

    W = r z        r = gain sqrt(2 / (fan_in + fan_out))

with `draw` = z, of mean 0 and variance 1. A sum of fan_in products keeps the variance of what goes in if
r^2 = 1 / fan_in, that of the gradients, which go back, if r^2 = 1 / fan_out; this is between the two.

Shapes: `tensor` (out, in, ...), with fan_in = in k and fan_out = out k, k the product of the rest; `draw` and the
result like it. ValueError for fewer than two dimensions, for no fan at all, for a draw that is missing or of another
shape, and for a negative `gain`.

>>> import numpy as np
>>> forward(np.zeros((1, 1)), 3.0, draw=np.array([[0.5]])).tolist()
[[1.5]]
"""

from scratch.init import normal
from scratch.init._xavier import deviation


def forward(tensor, gain=1.0, draw=None):
    """Return numbers whose deviation keeps the variance, forth and back."""
    return normal.forward(tensor, 0.0, deviation(tensor, gain), draw)
