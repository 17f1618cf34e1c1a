"""Logistic loss of a label of -1 or 1, torch's `soft_margin_loss`.

Source: Cox, 1958, doi:10.1111/j.2517-6161.1958.tb00292.x.

Formula:

    l = log(1 + exp(-y x))

x is `input` and y is `target`. It is logaddexp(0, -y x), which shifts by the larger of the two and neither overflows
nor loses digits.

Gradient: dl/dx = -y exp(-y x) / (1 + exp(-y x)) = -y s(-y x) with s the sigmoid. It is multiplied by g, what its l
receives: `grad` for none and sum, `grad` / N for mean.

Options:
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number.

Shapes: `target` broadcasts to the shape of `input` and has no gradient.

Errors: ValueError for shapes that do not fit and for an unknown reduction. That `target` holds -1 and 1 is not checked.

torch: lets `target` broadcast in this direction alone, and gives it no gradient. It does not shift: where -y x is above
88.72 in float32 and 709.78 in float64, its loss is infinite and its gradient NaN. Here they are -y x and -y.

Example:

>>> float(forward(np.array([0.0, 1000.0]), np.array([1.0, -1.0])).round(4))
500.3466
>>> backward(np.array(1.0), np.array([0.0, 1000.0]), np.array([1.0, -1.0])).tolist()
[-0.25, 0.5]
"""

import numpy as np
from scipy.special import expit

from scratch._reduction import per_sample, reduce, require_reduction


def forward(input, target, reduction="mean"):
    """Return the logistic loss, reduced."""
    y = _label(input, target, reduction)
    return reduce(np.logaddexp(0, -y * input), reduction)


def backward(grad, input, target, reduction="mean"):
    """Return the gradient of `input`."""
    y = _label(input, target, reduction)
    return per_sample(grad, input, reduction) * -y * expit(-y * input)


def _label(input, target, reduction):
    require_reduction(reduction)
    if np.broadcast_shapes(target.shape, input.shape) != input.shape:
        raise ValueError(f"Expected target to broadcast to the shape of input, {input.shape}; got {target.shape}.")
    return target.astype(input.dtype)
