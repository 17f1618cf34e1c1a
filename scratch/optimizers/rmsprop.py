"""RMSprop, plain and centred, torch's `RMSprop`: the gradient over the root of its average square.

Source: Tieleman and Hinton, 2012, lecture 6.5; centred: Graves, 2013, arXiv:1308.0850.

Formula:

    g  <- -g                              if maximize
    g  <- g + weight_decay theta
    v  <- alpha v + (1 - alpha) g^2
    a  <- alpha a + (1 - alpha) g         if centered
    d  <- g / (sqrt(v - a^2) + eps)       if centered, else g / (sqrt(v) + eps)
    b  <- momentum b + d,  d <- b         if momentum
    theta <- theta - lr d

Derivation: g / sqrt(v) has a size about 1, whatever the scale of the gradients. v - a^2 is the variance of a number
that is g_i with the weight (1 - alpha) alpha^(t-i), and 0 with the weight alpha^t that is left, so it is never
negative. The averages start from 0 and are not corrected: the first v is (1 - alpha) g^2, and the first step
lr / sqrt(1 - alpha) long.

Options:
    lr: the length of a step once v is an average; it stands outside the buffer b.
    alpha: the decay of the averages v and a for each step.
    eps: added to the root, so that a v of 0 divides nothing by 0.
    weight_decay: how much of theta is added to the gradient.
    momentum: the decay of the buffer b for each step; 0 keeps none.
    centered: divide by the standard deviation in the place of the root of the mean square.
    maximize: climb instead.

Shapes: `param`, `grad` and the averages have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, alpha, eps, weight_decay or momentum, and for a gradient of another shape or type;
TypeError for the state of another optimizer. An alpha above 1 passes, as in torch.

torch: v - a^2 may be negative by rounding, so it is cut at 0 here. torch does not cut it: a constant gradient ends in
NaN, in float32 after some 130 steps with alpha 0.9. eps stands outside the root, as in torch; Graves has it inside,
where rounding does no harm.

Example:

>>> state = init(np.array([1.0]), alpha=0.75)
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1, alpha=0.75)
>>> param.round(4).tolist(), state.square_avg.tolist()
([0.8], [1.0])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, the averages of the square and, if centred, of the gradient, and the velocity."""

    step: int
    square_avg: np.ndarray
    momentum_buffer: np.ndarray | None = None
    grad_avg: np.ndarray | None = None


def init(param, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
    zero = np.zeros_like(param)
    return State(0, zero, zero.copy() if momentum else None, zero.copy() if centered else None)


def step(param, grad, state, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0, momentum=0, centered=False, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    if weight_decay:
        g = g + weight_decay * param
    v = alpha * state.square_avg + (1 - alpha) * (g * g)
    a = alpha * state.grad_avg + (1 - alpha) * g if centered else None
    root = np.sqrt(v if a is None else np.maximum(v - a * a, 0))  # which rounding may leave below 0
    d = g / (root + eps)
    b = momentum * state.momentum_buffer + d if momentum else None
    return param - lr * (b if momentum else d), State(state.step + 1, v, b, a)
