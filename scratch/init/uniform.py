"""Numbers from a uniform distribution, torch's `uniform_`.

Source: PyTorch's documentation of `torch.nn.init.uniform_`.

Formula:

    W = a + (b - a) u

Derivation: u is `draw`, uniform in [0, 1). So W is uniform in [a, b), where rounding may reach b.

Options:
    a, b: the lower and the upper bound.
    draw: u; None is refused.

Shapes: `tensor`, `draw` and the result have one shape, any.

Errors: ValueError for a draw that is missing or of another shape, and for bounds that are not finite in the type of
`tensor`, in the wrong order or too far apart.

torch: draws u itself; the twin hands it the same u.

Example:

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
