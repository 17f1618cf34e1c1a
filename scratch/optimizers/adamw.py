"""AdamW, torch's `AdamW`: Adam with a decay outside the averages.

Source: Loshchilov and Hutter, 2019, arXiv:1711.05101; Adam: Kingma and Ba, 2015, arXiv:1412.6980; AMSGrad: Reddi, Kale
and Kumar, 2018, arXiv:1904.09237.

Formula:

    g  <- -g                                        if maximize
    theta <- theta (1 - lr weight_decay)
    m  <- beta1 m + (1 - beta1) g
    v  <- beta2 v + (1 - beta2) g^2
    n  <- max(n, v) if amsgrad, else v
    theta <- theta - lr m^ / (sqrt(n^) + eps),      m^ = m / (1 - beta1^t),  n^ = n / (1 - beta2^t)

Derivation: m and v begin at 0, so the weights of the t gradients and squares in them, (1 - beta) beta^(t-i), add up to
1 - beta^t only. Divided by it, m^ and n^ are averages. A penalty weight_decay |theta|^2 / 2 adds weight_decay theta to
g. In plain descent that is a decay: theta - lr (g + weight_decay theta) = theta (1 - lr weight_decay) - lr g. In Adam
it is not, since what is added to g is divided by sqrt(n^) as well: a weight whose gradients are large decays least, and
where the penalty is most of g, its size weight_decay cancels in m^ / sqrt(n^). Taken off theta, outside of m and v, the
decay pulls every weight alike.

Options:
    lr: the length of a step, and a factor of the decay.
    betas: the decay of the average m, and that of v, for each step.
    eps: added to the root, so that a v of 0 divides nothing by 0.
    weight_decay: the part of theta that a step takes off, times lr.
    amsgrad: divide by the largest v so far, so that the steps never grow.
    maximize: climb instead.

Shapes: `param`, `grad` and the averages have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, eps or weight_decay, for betas outside [0, 1), and for a gradient of another shape
or type; TypeError for the state of another optimizer, `adam` included.

torch: computes the same. The decay is scaled with lr; the paper scales it with the schedule alone, so that its decay is
torch's lr weight_decay. It is on by default: weight_decay is 0.01 here and 0 in `adam`.

Example:

>>> import numpy as np
>>> state = init(np.array([1.0]))
>>> param, state = step(np.array([1.0]), np.array([2.0]), state, lr=0.1, weight_decay=0.5)
>>> param.round(4).tolist(), state.step
([0.85], 1)
"""

from scratch.optimizers import adam
from scratch.optimizers._require import require_state


class State(adam.State):
    """That of `adam`."""


def init(param, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False):
    """Return the state before the first step."""
    return State(*adam.init(param, lr, betas, eps, weight_decay, amsgrad))


def step(
    param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, *, maximize=False
):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    kind = {"maximize": maximize, "decoupled_weight_decay": True}
    param, state = adam.step(param, grad, state, lr, betas, eps, weight_decay, amsgrad, **kind)
    return param, State(*state)
