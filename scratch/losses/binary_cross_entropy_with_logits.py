"""Binary cross-entropy on logits, torch's `binary_cross_entropy_with_logits`.

Source: Cox, 1958, doi:10.1111/j.2517-6161.1958.tb00292.x, for the likelihood of a logistic unit.

Formula:

    l = w (-p y log s(x) - (1 - y) log(1 - s(x)))
      = w ((1 - y) x + (1 + (p - 1) y) softplus(-x))

x is `input`, y is `target`, w is `weight` and p is `pos_weight`, the weight of the positive class; both are 1 if not
given. With the sigmoid s, -log s(x) = softplus(-x) and -log(1 - s(x)) = x + softplus(-x). softplus(-x) is computed as
max(-x, 0) + log1p(exp(-|x|)), which neither overflows nor loses digits.

Gradient: d softplus(-x)/dx = -(1 - s), so dl/dx = w ((1 - y) - (1 + (p - 1) y) (1 - s)) = w ((1 + (p - 1) y) s - p y),
which is s - y for w = p = 1; and dl/dy = w ((p - 1) softplus(-x) - x). Each is multiplied by g, what its l receives:
`grad` for none and sum, `grad` / N for mean.

Options:
    weight: the factor w of each l; None is 1.
    reduction: none keeps the l, sum adds them, mean divides their sum by N, their number, whatever the weights.
    pos_weight: the factor p of the positive class; None is 1.

Shapes: `input` and `target` have one shape; `weight` and `pos_weight`, which have no gradient, broadcast to it.

Errors: ValueError for shapes that do not fit and for an unknown reduction. That `target` is in [0, 1] is not checked.

torch: computes the same. It does not check `target` either, and gives the weights no gradient.

Example:

>>> float(forward(np.array([0.0, 2.0]), np.array([1.0, 0.0])).round(4))
1.41
>>> backward(np.array(1.0), np.array([0.0, 2.0]), np.array([1.0, 0.0])).input.round(4).tolist()
[-0.25, 0.4404]
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from scratch._reduction import per_sample, reduce, require_reduction


class Gradients(NamedTuple):
    """Gradients by input."""

    input: np.ndarray
    target: np.ndarray


def forward(input, target, weight=None, reduction="mean", pos_weight=None):
    """Return the binary cross-entropy of the logits, reduced."""
    w, p = _weights(input, target, weight, reduction, pos_weight)
    return reduce(w * ((1 - target) * input + (1 + (p - 1) * target) * _softplus(-input)), reduction)


def backward(grad, input, target, weight=None, reduction="mean", pos_weight=None):
    """Return the gradients of `input` and `target`."""
    w, p = _weights(input, target, weight, reduction, pos_weight)
    g = per_sample(grad, input, reduction)
    return Gradients(
        input=g * w * ((1 + (p - 1) * target) * expit(input) - p * target),
        target=g * w * ((p - 1) * _softplus(-input) - input),
    )


def _softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))  # the exponent is never positive, so nothing overflows


def _weights(input, target, weight, reduction, pos_weight):
    require_reduction(reduction)
    if target.shape != input.shape:
        raise ValueError(f"Expected target to have the shape of input, {input.shape}; got {target.shape}.")
    for name, w in (("weight", weight), ("pos_weight", pos_weight)):
        if w is not None and np.broadcast_shapes(w.shape, input.shape) != input.shape:
            raise ValueError(f"Expected {name} to broadcast to the shape of input, {input.shape}; got {w.shape}.")
    return 1 if weight is None else weight, 1 if pos_weight is None else pos_weight
