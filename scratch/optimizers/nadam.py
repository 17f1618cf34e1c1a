"""NAdam, torch's `NAdam`: Adam with Nesterov's look-ahead and a momentum that warms up.

Source: Dozat, 2016, "Incorporating Nesterov Momentum into Adam", ICLR workshop.

Formula:

    g  <- -g                                        if maximize
    theta <- theta (1 - lr weight_decay)            if decoupled_weight_decay
    g  <- g + weight_decay theta                    else
    mu(t) = beta1 (1 - 0.96^(t momentum_decay) / 2),   M(t) = mu(1) ... mu(t)
    m  <- beta1 m + (1 - beta1) g
    v  <- beta2 v + (1 - beta2) g^2
    theta <- theta - lr ((1 - mu(t)) / (1 - M(t)) g + mu(t+1) / (1 - M(t+1)) m) / (sqrt(v / (1 - beta2^t)) + eps)

Derivation: Averaged with mu(t), m <- mu(t) m + (1 - mu(t)) g, the weights in m add up to 1 - M(t), as Adam's do to
1 - beta1^t: what they lack of 1 is multiplied by mu(t) at every step. A step along m is one along mu(t) times the old m
and 1 - mu(t) times g. Nesterov's look-ahead takes the momentum of the next step now: mu(t+1) times the new m in the
place of mu(t) times the old one. Each is divided by the sum of the weights at the step that it belongs to.

Options:
    lr: the length of a step.
    betas: the decay of the average m, and that of v, for each step.
    eps: added to the root, so that a v of 0 divides nothing by 0.
    weight_decay: how much of theta is added to the gradient, or taken off theta.
    momentum_decay: how fast mu rises from beta1 / 2 to beta1; 0 leaves it at beta1 / 2.
    decoupled_weight_decay: take the decay off theta, which m and v do not see.
    maximize: climb instead.

Shapes: `param`, `grad` and the averages have one shape, any; `step` counts from 0, `mu_product`, M, is a float.

Errors: ValueError for a negative lr, eps, weight_decay or momentum_decay, for betas outside [0, 1), and for a gradient
of another shape or type; TypeError for the state of another optimizer.

torch: The paper averages with the scheduled mu(t) too; torch does so with beta1, and uses mu only in the last line, as
here. momentum_decay is 1 / 250 in the paper. torch keeps the product M in float32 even for float64 parameters, whose
first step is then off by 1e-8 of its length.

Example:

>>> state = init(np.array([1.0]))
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1, betas=(0.5, 0.5), momentum_decay=0)
>>> param.round(4).tolist(), state.mu_product
([0.8867], 0.25)
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_betas, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, the product of their momenta, the averages of the gradient and of its square."""

    step: int
    mu_product: float
    exp_avg: np.ndarray
    exp_avg_sq: np.ndarray


def init(
    param,
    lr=2e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    momentum_decay=4e-3,
    decoupled_weight_decay=False,
    *,
    maximize=False,
):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
    require_betas(betas)
    return State(0, 1.0, np.zeros_like(param), np.zeros_like(param))


def step(
    param,
    grad,
    state,
    lr=2e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    momentum_decay=4e-3,
    decoupled_weight_decay=False,
    *,
    maximize=False,
):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    if decoupled_weight_decay:
        param = param * (1 - lr * weight_decay)
    elif weight_decay:
        g = g + weight_decay * param
    t = state.step + 1
    mu, mu_next = (betas[0] * (1 - 0.5 * 0.96 ** (i * momentum_decay)) for i in (t, t + 1))
    product = state.mu_product * mu
    m = betas[0] * state.exp_avg + (1 - betas[0]) * g
    v = betas[1] * state.exp_avg_sq + (1 - betas[1]) * (g * g)
    ahead = (1 - mu) / (1 - product) * g + mu_next / (1 - product * mu_next) * m
    root = np.sqrt(v / (1 - betas[1] ** t))
    return param - lr * ahead / (root + eps), State(t, product, m, v)
