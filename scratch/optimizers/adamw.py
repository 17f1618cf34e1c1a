"""AdamW (Loshchilov and Hutter, 2019, arXiv:1711.05101), torch's `AdamW`: Adam with a decay outside the averages.

    g  <- -g                                   if maximize
    theta <- theta (1 - lr weight_decay)
    theta <- Adam's step along g, with the averages, eps and amsgrad of `adam`

The decay pulls every weight alike, where Adam divides the coupled one by the root of the average square. It is scaled
with lr, as in torch; the paper scales it with the schedule alone, so that its decay is torch's lr weight_decay.
It is on by default: weight_decay is 0.01 here and 0 in `adam`.

Shapes: as for `adam`. ValueError as there.

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
