"""Numbers from a uniform distribution.

    W = a + (b - a) u

with `draw` = u, uniform in [0, 1).

Shapes: `tensor`, `draw` and the result have one shape, any. ValueError for a draw that is missing or of another shape,
and for bounds that are not finite in the type of `tensor`, in the wrong order or too far apart.

>>> forward(np.zeros(2), -1.0, 3.0, draw=np.array([0.0, 0.5])).tolist()
[-1.0, 1.0]
"""

import numpy as np

from scratch.init._draw import require_draw


def forward(tensor, a=0.0, b=1.0, draw=None):
    """Return numbers between `a` and `b`."""
    require_draw(draw, tensor.shape)
    largest = float(np.finfo(tensor.dtype).max)
    if not -largest <= a <= b <= largest or b - a > largest:
        raise ValueError(f"Expected a and b to be in this order and at most {largest} apart; got {a!r} and {b!r}.")
    return (a + (b - a) * draw).astype(tensor.dtype)
