"""Binary cross-entropy of probabilities, torch's `binary_cross_entropy`.

Source: Good, 1952, "Rational Decisions".

Formula:

    l = -w (y max(log p, -100) + (1 - y) max(log q, -100)),   q = 1 - p

p is `input`, y is `target`, w is `weight`, or 1. The logarithms are clamped, so that an impossible event costs 100 and
not infinity; log q is log1p(-p). For logits `binary_cross_entropy_with_logits` is exact where a sigmoid before this
loss has been rounded to 0 or 1.

Gradient: dlog p/dp = 1 / p and dlog q/dp = -1 / q, so dl/dp = -w (y / p - (1 - y) / q) = w (p - y) / (p q); and
dl/dy = -w (log p - log q) = -w log(p / q). Each is multiplied by g, what its l receives: `grad` for none and sum,
`grad` / N for mean. The clamp is left out of both, though the derivative of a clamped logarithm is 0: p q is taken to
be 1e-12 at least instead, and dl/dy goes on to minus or plus infinity at p = 1 and p = 0, where the loss itself has the
slope -100 w and 100 w.

Options:
    weight: the factor w of each l; None is 1.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number, whatever the weights.

Shapes: `input` and `target` have one shape; `weight`, which has no gradient, broadcasts to it.

Errors: ValueError for shapes that do not fit, for an unknown reduction, and for a probability or a target outside
[0, 1] or NaN.

torch: computes the same, and leaves the clamp out of the gradients as well. Its 1e-12 is the float32 number next to it
in every precision, 4e-9 of it less; it is the same here.

Example:

>>> float(forward(np.array([0.5, 0.0]), np.array([1.0, 0.5])).round(4))
25.3466
>>> backward(np.array(1.0), np.array([0.5, 0.2]), np.array([1.0, 0.0])).input.round(4).tolist()
[-1.0, 0.625]
"""

from typing import NamedTuple

import numpy as np
from scipy.special import logit

from scratch._reduction import per_sample, reduce, require_reduction

SMALLEST = float(np.float32(1e-12))


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray


def forward(input, target, weight=None, reduction="mean"):
    """Return the binary cross-entropy of the probabilities, reduced."""
    w = _weight(input, target, weight, reduction)
    with np.errstate(divide="ignore"):
        log_p, log_q = np.maximum(np.log(input), -100), np.maximum(np.log1p(-input), -100)
    return reduce(w * ((target - 1) * log_q - target * log_p), reduction)


def backward(grad, input, target, weight=None, reduction="mean"):
    """Return the gradients of `input` and `target`."""
    w = _weight(input, target, weight, reduction)
    g = per_sample(grad, input, reduction)
    pq = np.maximum((1 - input) * input, SMALLEST)
    with np.errstate(invalid="ignore"):  # 0 times infinity
        return Gradients(input=g * w * ((input - target) / pq), target=g * w * -logit(input))


def _weight(input, target, weight, reduction):
    require_reduction(reduction)
    if target.shape != input.shape:
        raise ValueError(f"Expected target to have the shape of input, {input.shape}; got {target.shape}.")
    for name, x in (("input", input), ("target", target)):
        if not np.all((x >= 0) & (x <= 1)):
            raise ValueError(f"Expected {name} to be between 0 and 1; got {x[~((x >= 0) & (x <= 1))][0]}.")
    if weight is not None and np.broadcast_shapes(weight.shape, input.shape) != input.shape:
        raise ValueError(f"Expected weight to broadcast to the shape of input, {input.shape}; got {weight.shape}.")
    return 1 if weight is None else weight
