"""Averaged stochastic gradient descent (Polyak and Juditsky, 1992), torch's `ASGD`.

    g   <- -g                              if maximize
    g   <- g + weight_decay theta
    theta <- theta (1 - lambd eta) - eta g
    ax  <- ax + mu (theta - ax)            theta itself while mu is 1
    eta <- lr / (1 + lambd lr t)^alpha
    mu  <- 1 / max(1, t - t0)

The result of the method is `ax`, the average of theta; theta goes its own way. A step takes the eta and the mu that the
one before it left, as in torch: eta lags one step behind the schedule (Bottou, 2012), and the average begins with step
t0 + 2. lambd decays beside weight_decay, and with torch's t0 of a million ax is theta in every shorter run. torch keeps
eta, mu and t in float32 even for float64 parameters, whose steps are then off by up to 6e-8 of their length.

Shapes: `param`, `grad` and `ax` have one shape, any; `step` counts from 0, `eta` and `mu` are floats. ValueError for a
negative lr or weight_decay, and for a gradient of another shape.

>>> state = init(np.array([1.0]), lr=0.5)
>>> param, state = step(np.array([1.0]), np.array([1.0]), state, lr=0.5, lambd=0.0)
>>> param.tolist(), state.ax.tolist(), state.eta
([0.5], [0.5], 0.5)
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._gradient import descended
from scratch.optimizers._require import require_at_least, require_state


class State(NamedTuple):
    """The number of steps taken, the rate and the weight of the next one, and the average."""

    step: int
    eta: float
    mu: float
    ax: np.ndarray


def init(param, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, weight_decay=weight_decay)
    return State(0, float(lr), 1.0, np.zeros_like(param))


def step(param, grad, state, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    g = descended(param, grad, weight_decay, maximize)
    t = state.step + 1
    param = param * (1 - lambd * state.eta) - state.eta * g
    ax = param.copy() if state.mu == 1 else state.ax + state.mu * (param - state.ax)
    return param, State(t, lr / (1 + lambd * lr * t) ** alpha, 1 / max(1, t - t0), ax)
