"""Numbers from a normal distribution, of which those outside [a, b] are drawn again, torch's `trunc_normal_`.

Source: von Neumann, 1951, for the rejection of draws.

Formula:

    likely:  x = mean + std z                             accepted if a <= x <= b
    else:    x = a + (b - a) u,   top = max(a, min(mean, b))
             accepted if log v <= ((top - mean)^2 - (x - mean)^2) / (2 std^2)

It is likely if more than 0.3 of the normal distribution is within [a, b]. Every element takes the first x that is
accepted, of the rounds in `draw`: of one z each, of mean 0 and variance 1; or of a u and a v, uniform in [0, 1).

Derivation: a z that is kept only within [a, b] has the normal density there, up to a factor. The second way draws x
evenly and accepts it with the probability f(x) / f(top), so that its density goes like f, the normal density. `top` is
the point of [a, b] nearest to `mean`, where f is largest, so the quotient is 1 at most; its logarithm stands in the
formula. The difference of squares is taken as (top - x) (top + x - 2 mean), which cancels nothing.

Options:
    mean: the mean of the distribution before it is cut off.
    std: its standard deviation.
    a, b: the lower and the upper bound.
    draw: the rounds of draws; None is refused.

Shapes: `tensor` and the result have one shape, any; `draw` has the dimension of the rounds before it, and of u and v
between.

Errors: ValueError for a draw that is missing or of another shape, too few rounds, a `std` of 0, and in the second way
for bounds that are not finite or in the wrong order.

torch: draws itself; the twin hands it the same draws. It cannot do without finite bounds in a tail either, and takes a
negative `std` in the second way, as here. It subtracts the squares, which far out in a tail loses digits of what it
compares.

Example:

>>> forward(np.zeros(2), draw=np.array([[3.0, 0.5], [-1.0, 1.0]])).tolist()
[-1.0, 0.5]
>>> forward(np.zeros(1), 0.0, 1.0, 3.0, 5.0, draw=np.array([[[0.5], [0.9]], [[0.25], [0.01]]])).tolist()
[3.5]
"""

import math

import numpy as np

from scratch.init import uniform
from scratch.init._draw import require_draw


def forward(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, draw=None):
    """Return numbers around `mean`, between `a` and `b`."""
    if std == 0:
        raise ValueError(f"Expected std not to be 0; got {std!r}.")
    rounds = 0 if draw is None else len(draw)
    if _below((b - mean) / std) - _below((a - mean) / std) > 0.3:
        require_draw(draw, (rounds, *tensor.shape))
        x = (mean + std * draw).astype(tensor.dtype)
        accepted = ~((x < x.dtype.type(a)) | (x > x.dtype.type(b)))
    else:
        require_draw(draw, (rounds, 2, *tensor.shape))
        x = uniform.forward(np.empty((rounds, *tensor.shape), tensor.dtype), a, b, draw[:, 0])
        top = max(a, min(mean, b))
        with np.errstate(divide="ignore", over="ignore"):  # log 0, and where the density is 0
            # a product, since the difference of the squares would cancel; torch's comparison, so that NaN is accepted
            accepted = ~(np.log(draw[:, 1]) > (top - x) / std * ((top + x - 2 * mean) / std) / 2)
    if not rounds or not accepted.any(axis=0).all():
        raise ValueError(f"Expected draw to hold a round that is accepted for every element; got {rounds} rounds.")
    return np.take_along_axis(x, np.argmax(accepted, axis=0)[np.newaxis], axis=0)[0]


def _below(x):
    """Return the share of the normal distribution below `x`."""
    return (1 + math.erf(x / math.sqrt(2))) / 2
