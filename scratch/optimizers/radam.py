"""RAdam, torch's `RAdam`: Adam that waits until its average square can be trusted.

Source: Liu, Jiang, He, Chen, Liu, Gao and Han, 2020, arXiv:1908.03265.

Formula:

    g  <- -g                                        if maximize
    theta <- theta (1 - lr weight_decay)            if decoupled_weight_decay
    g  <- g + weight_decay theta                    else
    m  <- beta1 m + (1 - beta1) g,                  m^ = m / (1 - beta1^t)
    v  <- beta2 v + (1 - beta2) g^2
    rho = rho_inf - 2 t beta2^t / (1 - beta2^t),    rho_inf = 2 / (1 - beta2) - 1
    theta <- theta - lr m^ r sqrt(1 - beta2^t) / (sqrt(v) + eps)    if rho > 5, else theta - lr m^
    r^2 = (rho - 4) (rho - 2) rho_inf / ((rho_inf - 4) (rho_inf - 2) rho)

Derivation: The k-th last square has the weight beta2^(k-1) in v, so the mean of k is 1 / (1 - beta2) - t beta2^t /
(1 - beta2^t). In a plain average of rho squares it is (rho + 1) / 2. Where both agree, rho is as above: the number of
gradients that v is worth. For normal gradients of variance s the factor 1 / sqrt(v) then has about the variance
rho / (2 (rho - 2) (rho - 4) s), which is infinite at rho = 4. r makes it the one that rho_inf gives in the end.

Options:
    lr: the length of a step.
    betas: the decay of the average m, and that of v, for each step; with a beta2 up to 2/3 rho never exceeds 5.
    eps: added to the root, so that a v of 0 divides nothing by 0.
    weight_decay: how much of theta is added to the gradient, or taken off theta.
    decoupled_weight_decay: take the decay off theta, which m and v do not see.
    maximize: climb instead.

Shapes: `param`, `grad` and the averages have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, eps or weight_decay, for betas outside [0, 1), and for a gradient of another shape
or type; TypeError for the state of another optimizer.

torch: The paper switches at 4, torch at 5. The paper has no eps, and torch adds it before the correction, so it weighs
more than in `adam`. rho is a difference that cancels as beta2 nears 1: it is off by 3e-11 at 0.999, as in torch, and by
10 at 1 - 1e-9, where the switch is noise.

Example:

>>> state = init(np.array([1.0]))
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1)
>>> param.round(4).tolist(), state.step
([0.8], 1)
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_betas, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, and the averages of the gradient and of its square."""

    step: int
    exp_avg: np.ndarray
    exp_avg_sq: np.ndarray


def init(param, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, decoupled_weight_decay=False, *, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, eps=eps, weight_decay=weight_decay)
    require_betas(betas)
    return State(0, np.zeros_like(param), np.zeros_like(param))


def step(
    param,
    grad,
    state,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
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
    m = betas[0] * state.exp_avg + (1 - betas[0]) * g
    v = betas[1] * state.exp_avg_sq + (1 - betas[1]) * (g * g)
    rate = lr / (1 - betas[0] ** t)
    rectifier = _rectifier(betas[1], t)
    if rectifier is None:
        return param - rate * m, State(t, m, v)
    return param - rate * rectifier * m / (np.sqrt(v) + eps), State(t, m, v)


def _rectifier(beta2, t):
    """Return r times the root of the bias correction, or None where rho is at most 5."""
    correction = 1 - beta2**t
    end = 2 / (1 - beta2) - 1
    rho = end - 2 * t * beta2**t / correction
    if rho <= 5:
        return None
    return (correction * (rho - 4) * (rho - 2) * end / ((end - 4) * (end - 2) * rho)) ** 0.5
