"""Xavier's start, uniform, torch's `xavier_uniform_`.

Source: Glorot and Bengio, 2010, "Understanding the Difficulty of Training Deep Feedforward Neural Networks", AISTATS.

Formula:

    W = s (2 u - 1),   s = sqrt(3) r        r = gain sqrt(2 / (fan_in + fan_out))

u is `draw`, uniform in [0, 1).

Derivation: an output is a sum of fan_in products of independent weights and inputs of mean 0, so its variance is fan_in
r^2 times that of an input if r^2 is that of a weight, and keeps it if r^2 = 1 / fan_in. The gradient of an input is
likewise a sum of fan_out products and keeps the variance of what goes back if r^2 = 1 / fan_out.
r^2 = 2 / (fan_in + fan_out) is between the two. A uniform distribution over [-s, s] has the variance s^2 / 3, so
s = sqrt(3) r.

Options:
    gain: what r is multiplied by, for an activation that shrinks its input.
    draw: u; None is refused.

Shapes: `tensor` is (out, in, ...), with fan_in = in k and fan_out = out k, k the product of the rest; `draw` and the
result are like it.

Errors: ValueError for fewer than two dimensions, for no fan at all, for a draw that is missing or of another shape, and
for a negative `gain`.

torch: draws u itself; the twin hands it the same u.

Example:

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
