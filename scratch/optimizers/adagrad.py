"""Adagrad, the diagonal form, torch's `Adagrad`: long steps for elements whose gradients are rare.

Source: Duchi, Hazan and Singer, 2011, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
JMLR 12.

Formula:

    g  <- -g                                      if maximize
    g  <- g + weight_decay theta
    s  <- s + g^2                                 from initial_accumulator_value on
    theta <- theta - lr / (1 + (t - 1) lr_decay) g / (sqrt(s) + eps)

Derivation: On convex losses, descent by steps of eta loses to the best fixed point, at a distance of D at most, no more
than D^2 / (2 eta) + eta sum g^2 / 2 for every element. That is least for eta = D / sqrt(sum g^2). The squares so far
stand for all squares, which costs a constant factor, and lr stands for D.

Options:
    lr: the length of the first step, from a sum of 0.
    lr_decay: how fast the rate falls besides, as 1 / (1 + (t - 1) lr_decay).
    weight_decay: how much of theta is added to the gradient.
    initial_accumulator_value: where the sum s begins.
    eps: added to the root, so that an s of 0 divides nothing by 0.
    maximize: climb instead.

Shapes: `param`, `grad` and `sum` have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, lr_decay, weight_decay, initial_accumulator_value or eps, and for a gradient of
another shape or type; TypeError for the state of another optimizer.

torch: eps stands outside the root, as the paper's delta and in torch. lr_decay is torch's own. torch counts in float32,
so its rate falls no further after 2^24 steps.

Example:

>>> state = init(np.array([1.0]), initial_accumulator_value=12.0)
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1)
>>> param.round(4).tolist(), state.sum.tolist()
([0.95], [16.0])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken and the sum of the squares of all gradients."""

    step: int
    sum: np.ndarray


def init(param, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, *, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)
    require_at_least(0, initial_accumulator_value=initial_accumulator_value)
    return State(0, np.full_like(param, initial_accumulator_value))


def step(
    param, grad, state, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, *, maximize=False
):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    if weight_decay:
        g = g + weight_decay * param
    s = state.sum + g * g
    rate = lr / (1 + state.step * lr_decay)
    return param - rate * g / (np.sqrt(s) + eps), State(state.step + 1, s)
