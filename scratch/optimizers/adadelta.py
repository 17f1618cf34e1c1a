"""Adadelta, torch's `Adadelta`: steps in the unit of the parameter, without a rate to choose.

Source: Zeiler, 2012, arXiv:1212.5701.

Formula:

    g  <- -g                           if maximize
    g  <- g + weight_decay theta
    v  <- rho v + (1 - rho) g^2
    d  <- sqrt(a + eps) / sqrt(v + eps) g
    a  <- rho a + (1 - rho) d^2
    theta <- theta - lr d

Derivation: A change of theta should have the unit of theta, which lr g has not. Newton's step g / H has it: 1 / H is a
change of theta over a change of the gradient. The root mean square of the steps over that of the gradients stands for
1 / H. The upper one, sqrt(a), is one step behind, since d is not known before it is taken.

Options:
    lr: a factor of every step.
    rho: the decay of the averages v and a; with 1 both stay 0, and d is g.
    eps: added under both roots; above it starts the motion, so with 0 nothing ever moves.
    weight_decay: how much of theta is added to the gradient.
    maximize: climb instead.

Shapes: `param`, `grad` and the averages have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, eps or weight_decay, for rho outside [0, 1], and for a gradient of another shape
or type; TypeError for the state of another optimizer.

torch: computes the same. eps stands inside both roots, as in the paper. lr is torch's own, 1 in the paper.

Example:

>>> state = init(np.array([1.0]), eps=1.0)
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, rho=0.25, eps=1.0)
>>> param.tolist(), state.square_avg.tolist(), state.acc_delta.tolist()
([0.0], [3.0], [0.75])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_between, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, and the averages of the squares of the gradient and of the way gone."""

    step: int
    square_avg: np.ndarray
    acc_delta: np.ndarray


def init(param, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, eps=eps, weight_decay=weight_decay)
    require_between(0, 1, rho=rho)
    return State(0, np.zeros_like(param), np.zeros_like(param))


def step(param, grad, state, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, *, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    if weight_decay:
        g = g + weight_decay * param
    v = rho * state.square_avg + (1 - rho) * (g * g)
    d = np.sqrt(state.acc_delta + eps) / np.sqrt(v + eps) * g
    a = rho * state.acc_delta + (1 - rho) * (d * d)
    return param - lr * d, State(state.step + 1, v, a)
