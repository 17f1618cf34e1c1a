"""Resilient propagation (Riedmiller and Braun, 1993), as iRprop- (Igel and Huesken, 2000), torch's `Rprop`.

    g  <- -g                       if maximize
    s  <- etas[1] s                where g prev > 0
    s  <- etas[0] s, g <- 0        where g prev < 0
    s  <- s cut to step_sizes
    theta <- theta - s sign(g),    prev <- g

Only the sign of a gradient counts, so every parameter has a step size of its own, which starts at lr. After a change
of sign the parameter rests for one step and the gradient is forgotten: the paper takes the last step back instead.
The sizes are cut at every step, as in torch, that is at the first one too; the paper cuts those that it changes.
A gradient of NaN moves nothing and counts as no agreement, as in torch. The signs are multiplied, never the gradients,
so nothing underflows: torch's product does in float32 where both are below about 3e-23, and its steps stop adapting.

Shapes: `param`, `grad`, `prev` and `step_size` have one shape, any; `step` counts from 0. ValueError for a negative lr,
for etas that are not 0 < etas[0] < 1 < etas[1], and for a gradient of another shape.

>>> state = init(np.array([1.0]), lr=0.5)
>>> param, state = step(np.array([1.0]), np.array([3.0]), state)
>>> param, state = step(param, np.array([-1.0]), state)
>>> param.tolist(), state.step_size.tolist(), state.prev.tolist()
([0.5], [0.25], [0.0])
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._gradient import descended
from scratch.optimizers._require import require_at_least, require_state


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
    g = descended(param, grad, 0, maximize)
    agreement = np.sign(g) * np.sign(state.prev)
    size = state.step_size
    size = np.where(agreement > 0, etas[1] * size, np.where(agreement < 0, etas[0] * size, size))
    size = np.clip(size, *step_sizes)
    g = np.where(agreement < 0, 0, g)
    way = np.where(g > 0, size, np.where(g < 0, -size, 0))
    return param - way, State(state.step + 1, g, size)
