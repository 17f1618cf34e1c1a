"""Averaged stochastic gradient descent, torch's `ASGD`.

Source: Polyak and Juditsky, 1992, doi:10.1137/0330046; the schedule of eta: Bottou, 2012, "Stochastic Gradient Descent
Tricks".

Formula:

    g   <- -g                              if maximize
    g   <- g + weight_decay theta
    theta <- theta (1 - lambd eta) - eta g
    ax  <- ax + mu (theta - ax)            theta itself while mu is 1
    eta <- lr / (1 + lambd lr t)^alpha
    mu  <- 1 / max(1, t - t0)

Derivation: Noise in the gradients keeps theta moving around the minimum, but the average of many theta comes to rest.
The average of n of them is that of the n - 1 before, moved by 1/n of the way to the newest: ax with mu = 1/n. Averaging
wants an eta that falls slower than 1/t, with an alpha between 1/2 and 1. lambd is a penalty lambd |theta|^2 / 2, whose
curvature sets the time, 1 / (lambd lr), after which eta begins to fall.

Options:
    lr: the first eta.
    lambd: the decay of theta, which also sets the pace of eta.
    alpha: the exponent by which eta falls.
    t0: the number of steps before the average begins; with torch's million ax is theta in every shorter run.
    weight_decay: how much of theta is added to the gradient, beside lambd.
    maximize: climb instead.

Shapes: `param`, `grad` and `ax` have one shape, any; `step` counts from 0, `eta` and `mu` are floats. The result of the
method is `ax`, the average of theta; theta goes its own way.

Errors: ValueError for a negative lr or weight_decay, and for a gradient of another shape or type; TypeError for the
state of another optimizer.

torch: A step takes the eta and the mu that the one before it left, as in torch: eta lags one step behind Bottou's
schedule, and the average begins with step t0 + 2. torch keeps eta, mu and t in float32 even for float64 parameters,
whose steps are then off by up to 6e-8 of their length.

Example:

>>> state = init(np.array([1.0]), lr=0.5)
>>> param, state = step(np.array([1.0]), np.array([1.0]), state, lr=0.5, lambd=0.0)
>>> param.tolist(), state.ax.tolist(), state.eta
([0.5], [0.5], 0.5)
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_same_shape, require_state


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
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    if weight_decay:
        g = g + weight_decay * param
    t = state.step + 1
    param = param * (1 - lambd * state.eta) - state.eta * g
    # With a mu of 1 the sum would be theta only up to rounding.
    ax = param.copy() if state.mu == 1 else state.ax + state.mu * (param - state.ax)
    return param, State(t, lr / (1 + lambd * lr * t) ** alpha, 1 / max(1, t - t0), ax)
