"""Numbers from a normal distribution, torch's `normal_`.

Source: PyTorch's documentation of `torch.nn.init.normal_`.

Formula:

    W = mean + std z

Derivation: z is `draw`, of mean 0 and variance 1. So the mean of W is `mean` and its variance std^2.

Options:
    mean: the mean of the distribution.
    std: its standard deviation.
    draw: z; None is refused.

Shapes: `tensor`, `draw` and the result have one shape, any.

Errors: ValueError for a draw that is missing or of another shape, and for a negative `std`.

torch: draws z itself; the twin hands it the same z.

Example:

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
