"""AdaMax, torch's `Adamax`: Adam with the infinity norm.

Source: Kingma and Ba, 2015, arXiv:1412.6980, section 7.1.

Formula:

    g  <- -g                          if maximize
    g  <- g + weight_decay theta
    m  <- beta1 m + (1 - beta1) g
    u  <- max(beta2 u, |g| + eps)
    theta <- theta - lr / (1 - beta1^t) m / u

Derivation: Adam's v with the exponent p in the place of 2 is v = (1 - beta2^p) sum_i beta2^(p (t-i)) |g_i|^p. As p
grows, v^(1/p) goes to the largest beta2^(t-i) |g_i|, which is u: max(beta2 u, |g|) step by step. The factor
(1 - beta2^p)^(1/p) goes to 1, so u needs no correction. m does: it begins at 0, and its weights (1 - beta1) beta1^(t-i)
add up to 1 - beta1^t only.

Options:
    lr: the length of the first step, and about the largest one.
    betas: the decay of the average m, and that of the largest size u, for each step.
    eps: added to |g|, so that u is never 0.
    weight_decay: how much of theta is added to the gradient.
    maximize: climb instead.

Shapes: `param`, `grad`, the average and the norm have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, eps or weight_decay, for betas outside [0, 1), and for a gradient of another shape
or type; TypeError for the state of another optimizer.

torch: computes the same. eps stands inside the maximum, as in torch, so u is at least eps. The paper has none and
divides by 0 where all gradients were 0.

Example:

>>> state = init(np.array([1.0]))
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1)
>>> param.round(4).tolist(), state.exp_inf.round(4).tolist()
([0.9], [2.0])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_betas, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, the average of the gradient, and its decaying largest size."""

    step: int
    exp_avg: np.ndarray
    exp_inf: np.ndarray


def init(param, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, eps=eps, weight_decay=weight_decay)
    require_betas(betas)
    return State(0, np.zeros_like(param), np.zeros_like(param))


def step(param, grad, state, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, *, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    if weight_decay:
        g = g + weight_decay * param
    t = state.step + 1
    m = betas[0] * state.exp_avg + (1 - betas[0]) * g
    u = np.maximum(betas[1] * state.exp_inf, np.abs(g) + eps)
    return param - lr / (1 - betas[0] ** t) * m / u, State(t, m, u)
