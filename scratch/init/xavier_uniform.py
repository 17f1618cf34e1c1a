"""Xavier's start, uniform (Glorot and Bengio, 2010, AISTATS).

    W = s (2 u - 1),   s = sqrt(3) r        r = gain sqrt(2 / (fan_in + fan_out))

with `draw` = u, uniform in [0, 1). A sum of fan_in products keeps the variance of what goes in if r^2 = 1 / fan_in,
that of the gradients, which go back, if r^2 = 1 / fan_out; this is between the two.
A uniform distribution over [-s, s] has the variance s^2 / 3.

Shapes: `tensor` (out, in, ...), with fan_in = in k and fan_out = out k, k the product of the rest; `draw` and the
result like it. ValueError for fewer than two dimensions, for no fan at all, for a draw that is missing or of another
shape, and for a negative `gain`.

>>> import numpy as np
>>> forward(np.zeros((2, 4)), draw=np.full((2, 4), 0.75)).round(4).tolist()
[[0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5]]
"""

import math

from scratch.init import uniform
from scratch.init._xavier import deviation


def forward(tensor, gain=1.0, draw=None):
    """Return numbers whose deviation keeps the variance, forth and back."""
    bound = math.sqrt(3) * deviation(tensor, gain)
    return uniform.forward(tensor, -bound, bound, draw)
