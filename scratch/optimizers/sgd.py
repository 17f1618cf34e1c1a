"""Stochastic gradient descent with momentum, torch's `SGD`.

Source: Robbins and Monro, 1951, doi:10.1214/aoms/1177729586; momentum: Polyak, 1964; Nesterov's form: Sutskever,
Martens, Dahl and Hinton, 2013, "On the importance of initialization and momentum in deep learning", ICML.

Formula:

    g  <- -g                                          if maximize
    g  <- g + weight_decay theta
    v  <- momentum v + (1 - dampening) g              but g at the first step
    g  <- g + momentum v  if nesterov, else v         if momentum
    theta <- theta - lr g

Derivation: weight_decay theta is the gradient of weight_decay |theta|^2 / 2, which is the coupled decay. Without
dampening, v = sum_i momentum^(t-i) g_i: of a gradient that is always g it grows to g / (1 - momentum), and of one that
alternates little is left. Nesterov's method takes the gradient ahead of theta, at phi = theta - lr momentum v. Where
theta moves by -lr v, with v <- momentum v + g, phi moves by -lr (g + momentum v). The theta of this file is that phi.

Options:
    lr: the learning rate: theta moves by lr times g.
    momentum: the decay of the velocity v for each step; 0 keeps none.
    dampening: the part of a gradient that stays out of v; the first one enters whole.
    weight_decay: how much of theta is added to the gradient.
    nesterov: step from the point ahead.
    maximize: climb instead.

Shapes: `param`, `grad` and the buffer have one shape, any.

Errors: ValueError for a negative lr, momentum or weight_decay, for nesterov without momentum or with dampening, and for
a gradient of another shape or type; TypeError for the state of another optimizer.

torch: computes the same. Its first buffer, too, is the gradient itself, undampened. lr stands outside the buffer, so
that a change of rate acts at once; Sutskever et al. keep it inside.

Example:

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
        v = g.copy() if previous is None else momentum * previous + (1 - dampening) * g
        g = g + momentum * v if nesterov else v
        state = State(v)
    return param - lr * g, state
