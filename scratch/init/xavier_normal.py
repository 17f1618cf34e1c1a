"""Xavier's start, normal, torch's `xavier_normal_`.

Source: Glorot and Bengio, 2010, "Understanding the Difficulty of Training Deep Feedforward Neural Networks", AISTATS.

Formula:

    W = r z        r = gain sqrt(2 / (fan_in + fan_out))

z is `draw`, of mean 0 and variance 1.

Derivation: an output is a sum of fan_in products of independent weights and inputs of mean 0, so its variance is fan_in
r^2 times that of an input, and keeps it if r^2 = 1 / fan_in. The gradient of an input is likewise a sum of fan_out
products and keeps the variance of what goes back if r^2 = 1 / fan_out. r^2 = 2 / (fan_in + fan_out) is between the two.

Options:
    gain: what r is multiplied by, for an activation that shrinks its input.
    draw: z; None is refused.

Shapes: `tensor` is (out, in, ...), with fan_in = in k and fan_out = out k, k the product of the rest; `draw` and the
result are like it.

Errors: ValueError for fewer than two dimensions, for no fan at all, for a draw that is missing or of another shape, and
for a negative `gain`.

torch: draws z itself; the twin hands it the same z.

Example:

>>> import numpy as np
>>> forward(np.zeros((1, 1)), 3.0, draw=np.array([[0.5]])).tolist()
[[1.5]]
"""

from scratch.init import normal
from scratch.init._xavier import deviation


def forward(tensor, gain=1.0, draw=None):
    """Return numbers whose deviation keeps the variance, forth and back."""
    return normal.forward(tensor, 0.0, deviation(tensor, gain), draw)
