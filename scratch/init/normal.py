"""Numbers from a normal distribution.

    W = mean + std z

with `draw` = z of mean 0 and variance 1.

Shapes: `tensor`, `draw` and the result have one shape, any. ValueError for a draw that is missing or of another shape,
and for a negative `std`.

>>> forward(np.zeros(2), 1.0, 2.0, draw=np.array([-0.5, 1.5])).tolist()
[0.0, 4.0]
"""

import numpy as np

from scratch.init._draw import require_draw


def forward(tensor, mean=0.0, std=1.0, draw=None):
    """Return numbers around `mean`."""
    require_draw(draw, tensor.shape)
    if not std >= 0:
        raise ValueError(f"Expected std not to be negative; got {std!r}.")
    with np.errstate(over="ignore", invalid="ignore"):  # as torch does with a deviation near overflow
        return (mean + std * draw).astype(tensor.dtype)
