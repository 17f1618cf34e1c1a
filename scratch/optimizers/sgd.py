"""Stochastic gradient descent (Robbins and Monro, 1951) with momentum (Polyak, 1964), torch's `SGD`.

    g  <- -g                          if maximize
    g  <- g + weight_decay theta      coupled decay
    v  <- g at the first step, then   momentum v + (1 - dampening) g
    g  <- g + momentum v  if nesterov, else v
    theta <- theta - lr g

The first buffer is the gradient itself, undampened, as in torch; the learning rate stands outside the buffer, so a
change of rate acts at once (Sutskever et al., 2013, keep it inside).

Shapes: `param`, `grad` and the buffer have one shape, any. ValueError for a negative lr, momentum or weight_decay, for
nesterov without momentum or with dampening, and for a gradient of another shape.

>>> state = init(np.array([1.0]), momentum=0.9)
>>> param, state = step(np.array([1.0]), np.array([1.0]), state, lr=0.1, momentum=0.9)
>>> param, state = step(param, np.array([1.0]), state, lr=0.1, momentum=0.9)
>>> param.round(4).tolist(), state.momentum_buffer.tolist()
([0.71], [1.9])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_same_shape, require_state


class State(NamedTuple):
    """The velocity; None before the first step, and always without momentum."""

    momentum_buffer: np.ndarray | None = None


def init(param, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, momentum=momentum, weight_decay=weight_decay)
    if nesterov and (momentum == 0 or dampening != 0):
        got = f"momentum={momentum}, dampening={dampening}"
        raise ValueError(f"Expected nesterov to come with momentum > 0 and dampening 0; got {got}.")
    return State()


def step(param, grad, state, lr=1e-3, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    if weight_decay:
        g = g + weight_decay * param
    if momentum:
        previous = state.momentum_buffer
        velocity = g.copy() if previous is None else momentum * previous + (1 - dampening) * g
        g = g + momentum * velocity if nesterov else velocity
        state = State(velocity)
    return param - lr * g, state
