"""RMSprop (Tieleman and Hinton, 2012, lecture 6.5), centred (Graves, 2013, arXiv:1308.0850), torch's `RMSprop`.

    g  <- -g                              if maximize
    g  <- g + weight_decay theta
    v  <- alpha v + (1 - alpha) g^2
    a  <- alpha a + (1 - alpha) g         if centered
    d  <- g / (sqrt(v - a^2) + eps)       if centered, else g / (sqrt(v) + eps)
    b  <- momentum b + d,  d <- b         if momentum
    theta <- theta - lr d

v - a^2 is the variance under the weights of the average, never negative but for rounding, so it is cut at 0. torch
does not cut it: a constant gradient ends in NaN, in float32 after some 130 steps with alpha 0.9.
eps stands outside the root, as in torch; Graves has it inside, where rounding does no harm. The averages start from 0
and are not corrected, so the first step is lr / sqrt(1 - alpha) long. lr stands outside the buffer.

Shapes: `param`, `grad` and the averages have one shape, any; `step` counts from 0. ValueError for a negative lr, alpha,
eps, weight_decay or momentum, and for a gradient of another shape. An alpha above 1 passes, as in torch.

>>> state = init(np.array([1.0]), alpha=0.75)
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1, alpha=0.75)
>>> param.round(4).tolist(), state.square_avg.tolist()
([0.8], [1.0])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._gradient import descended
from scratch.optimizers._require import require_at_least, require_state


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
    g = descended(param, grad, weight_decay, maximize)
    v = alpha * state.square_avg + (1 - alpha) * (g * g)
    a = alpha * state.grad_avg + (1 - alpha) * g if centered else None
    root = np.sqrt(v if a is None else np.maximum(v - a * a, 0))
    d = g / (root + eps)
    b = momentum * state.momentum_buffer + d if momentum else None
    return param - lr * (b if momentum else d), State(state.step + 1, v, b, a)
