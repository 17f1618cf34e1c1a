"""Adam, torch's `Adam`: steps of a size that the gradient's own scale does not change.

Source: Kingma and Ba, 2015, arXiv:1412.6980; AMSGrad: Reddi, Kale and Kumar, 2018, arXiv:1904.09237; decoupled decay:
Loshchilov and Hutter, 2019, arXiv:1711.05101.

Formula:

    g  <- -g                                        if maximize
    theta <- theta (1 - lr weight_decay)            if decoupled_weight_decay
    g  <- g + weight_decay theta                    else
    m  <- beta1 m + (1 - beta1) g
    v  <- beta2 v + (1 - beta2) g^2
    n  <- max(n, v) if amsgrad, else v
    theta <- theta - lr m^ / (sqrt(n^) + eps),      m^ = m / (1 - beta1^t),  n^ = n / (1 - beta2^t)

Derivation: m begins at 0, so after t steps m = (1 - beta1) sum_i beta1^(t-i) g_i. Its weights add up to
(1 - beta1) (1 + beta1 + ... + beta1^(t-1)) = 1 - beta1^t, not to 1: of a gradient that is always g, m is
(1 - beta1^t) g. Dividing by 1 - beta1^t makes m^ an average of the gradients, and likewise n^ one of their squares.
Without it the first step would be (1 - beta1) / sqrt(1 - beta2) times as long, which is 3.2 by default. With it the
first step is lr g / (|g| + eps): its size is lr, whatever the scale of g.

Options:
    lr: the length of a step.
    betas: the decay of the average m, and that of v, for each step.
    eps: added to the root, so that a v of 0 divides nothing by 0.
    weight_decay: how much of theta is added to the gradient, or taken off theta.
    amsgrad: divide by the largest v so far, so that the steps never grow.
    maximize: climb instead.
    decoupled_weight_decay: take the decay off theta, which m and v do not see.

Shapes: `param`, `grad` and the averages have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, eps or weight_decay, for betas outside [0, 1), and for a gradient of another
shape.

torch: eps stands outside the root, as in Algorithm 1 of the paper. AMSGrad takes the maximum of the uncorrected v and
corrects it afterwards; the paper has no bias correction there.

Example:

>>> state = init(np.array([1.0]))
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1)
>>> param.round(4).tolist(), state.step
([0.9], 1)
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_betas, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, the averages of the gradient and of its square, and the largest of the latter."""

    step: int
    exp_avg: np.ndarray
    exp_avg_sq: np.ndarray
    max_exp_avg_sq: np.ndarray | None = None


def init(
    param,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    amsgrad=False,
    *,
    maximize=False,
    decoupled_weight_decay=False,
):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, eps=eps, weight_decay=weight_decay)
    require_betas(betas)
    zero = np.zeros_like(param)
    return State(0, zero, zero.copy(), zero.copy() if amsgrad else None)


def step(
    param,
    grad,
    state,
    lr=1e-3,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0,
    amsgrad=False,
    *,
    maximize=False,
    decoupled_weight_decay=False,
):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    t = state.step + 1
    g = -grad if maximize else grad
    if decoupled_weight_decay:
        param = param * (1 - lr * weight_decay)
    elif weight_decay:
        g = g + weight_decay * param
    m = betas[0] * state.exp_avg + (1 - betas[0]) * g
    v = betas[1] * state.exp_avg_sq + (1 - betas[1]) * (g * g)
    n = np.maximum(state.max_exp_avg_sq, v) if amsgrad else None
    root = np.sqrt(v if n is None else n) / (1 - betas[1] ** t) ** 0.5
    return param - lr / (1 - betas[0] ** t) * m / (root + eps), State(t, m, v, n)
