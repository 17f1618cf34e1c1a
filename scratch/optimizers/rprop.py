"""Resilient propagation, torch's `Rprop`: only the sign of a gradient counts.

Source: Riedmiller and Braun, 1993, doi:10.1109/ICNN.1993.298623; the form iRprop-: Igel and Huesken, 2000, "Improving
the Rprop Learning Algorithm".

Formula:

    g  <- -g                       if maximize
    s  <- etas[1] s                where g prev > 0
    s  <- etas[0] s, g <- 0        where g prev < 0
    s  <- s cut to step_sizes
    theta <- theta - s sign(g),    prev <- g

Derivation: The size of a gradient says little of how far the minimum is, its sign says on which side. So every element
has a step size s of its own. Two signs that agree say that the last step was not far enough, and s grows. Two that
differ say that it went beyond the minimum, and s shrinks; the element rests for one step, and its gradient is
forgotten, so that the step after that changes no size.

Options:
    lr: the first step size.
    etas: the factor of s where the sign has changed, below 1, and where it has not, above 1.
    step_sizes: the least and the largest step size.
    maximize: climb instead.

Shapes: `param`, `grad`, `prev` and `step_size` have one shape, any; `step` counts from 0.

Errors: ValueError for a negative lr, for etas that are not 0 < etas[0] < 1 < etas[1], and for a gradient of another
shape or type; TypeError for the state of another optimizer.

torch: The first paper takes the last step back after a change of sign; torch and this rest. The sizes are cut at every
step, as in torch, that is at the first one too; the paper cuts those that it changes. A gradient of NaN moves nothing
and counts as no agreement, as in torch. The signs are multiplied here, never the gradients, so nothing underflows:
torch's product does in float32 where both are below about 3e-23, and its steps stop adapting.

Example:

>>> state = init(np.array([1.0]), lr=0.5)
>>> param, state = step(np.array([1.0]), np.array([3.0]), state)
>>> param, state = step(param, np.array([-1.0]), state)
>>> param.tolist(), state.step_size.tolist(), state.prev.tolist()
([0.5], [0.25], [0.0])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_at_least, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, the gradient of the last one, 0 where its sign had changed, and the step sizes."""

    step: int
    prev: np.ndarray
    step_size: np.ndarray


def init(param, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr)
    if not 0 < etas[0] < 1 < etas[1]:
        raise ValueError(f"Expected etas to be one factor between 0 and 1 and one above 1; got {etas!r}.")
    return State(0, np.zeros_like(param), np.full_like(param, lr))


def step(param, grad, state, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    agreement = np.sign(g) * np.sign(state.prev)  # of the signs: the product of small gradients would underflow
    s = state.step_size
    s = np.where(agreement > 0, etas[1] * s, np.where(agreement < 0, etas[0] * s, s))
    s = np.clip(s, *step_sizes)
    g = np.where(agreement < 0, 0, g)
    signed = np.where(g > 0, s, np.where(g < 0, -s, 0))  # s sign(g), but 0 where g is NaN
    return param - signed, State(state.step + 1, g, s)
