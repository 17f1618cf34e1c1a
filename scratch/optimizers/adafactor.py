"""Adafactor, torch's `Adafactor`: a second moment of rank one, and steps as large as the parameter.

Source: Shazeer and Stern, 2018, arXiv:1804.04235.

Formula:

    g  <- -g                                                      if maximize
    b  = 1 - t^beta2_decay
    alpha = max(eps[1], RMS(theta)) min(lr, 1 / sqrt(t)),         RMS(x)^2 = mean of x^2
    theta <- theta (1 - lr weight_decay)
    R  <- b R + (1 - b) mean of g^2 over the last axis            for a matrix, and a stack of them
    C  <- b C + (1 - b) mean of g^2 over the last axis but one
    V  =  R C / max(mean of R, eps[0])
    V  <- b V + (1 - b) g^2                                       for a vector and a scalar
    U  =  g / max(sqrt(V), eps[0])
    theta <- theta - alpha U / max(1, RMS(U) / d)

Derivation: Of all r_i c_j, that nearest to a matrix of squares S, by the divergence sum S ln(S / rc) - S + rc, has the
row and the column sums of S: its derivative by r_i is 0 where r_i sum_j c_j = sum_j S_ij. So it is (sum of row i)
(sum of column j) / (sum of all), and V in means: m + n numbers stand for m n. At t = 1 b is 0, so the average begins
with the first square itself and no bias is left to correct.

Options:
    lr: the largest step relative to the size of theta; after 1 / lr^2 steps 1 / sqrt(t) is below it.
    beta2_decay: the exponent by which the newest square loses weight; at most 0.
    eps: the least divisor, None for the machine epsilon of the type of `param`; and the least size of theta.
    d: the largest root of the mean square of U; a longer U is cut to it.
    weight_decay: how much of theta is taken off, times lr.
    maximize: climb instead.

Shapes: `param` and `grad` have one shape, any but an empty one. R, `row_var`, has length 1 on the last axis and C,
`col_var`, on the last but one; `variance`, the V of vectors and scalars, has that of `param`. `step` counts from 0.

Errors: ValueError for a negative lr, eps or weight_decay, for a beta2_decay above 0, d below 1, a parameter without
elements, and for a gradient of another shape or type; TypeError for the state of another optimizer.

torch: The paper adds eps[0], 1e-30, to g^2; torch cuts with it, the mean of a square as well as a root, and so does
this. So a matrix whose gradients lie between eps[0] and its root, 3e-4 in float32, has a V too small by
mean(R) / eps[0] and a U too long, which the cut by d may hide. The paper's steps are at most 0.01, which is lr here,
and it has no weight_decay. torch multiplies R by C first: its float32 matrices stop moving at gradients from 4e9 on.
Here the mean of R is divided out before, so that V overflows no sooner than the gradient's square. torch squares
eps[0]: where that underflows, in float32 below 3e-23, a gradient of 0 makes a NaN. RMS is that of scaled elements here.

Example:

>>> state = init(np.ones((2, 2)))
>>> param, state = step(np.ones((2, 2)), np.array([[1.0, 2.0], [2.0, 4.0]]), state, lr=0.5)
>>> param.tolist(), state.row_var.tolist(), state.col_var.tolist()
([[0.5, 0.5], [0.5, 0.5]], [[2.5], [10.0]], [[2.5, 10.0]])
"""

from typing import NamedTuple

import numpy as np

from scratch._distance import norm
from scratch.optimizers._require import require_at_least, require_same_shape, require_state


class State(NamedTuple):
    """The number of steps taken, and the average square of the gradient: by rows and columns, or by element."""

    step: int
    row_var: np.ndarray | None
    col_var: np.ndarray | None
    variance: np.ndarray | None


def init(param, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, maximize=False):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, weight_decay=weight_decay, **{"eps[0]": _least(eps, param), "eps[1]": eps[1]})
    require_at_least(1, d=d)
    if not beta2_decay <= 0:
        raise ValueError(f"Expected beta2_decay to be at most 0; got {beta2_decay!r}.")
    if param.size == 0:
        raise ValueError(f"Expected param to have elements; got shape {param.shape}.")
    if param.ndim < 2:
        return State(0, None, None, np.zeros_like(param))
    return State(0, np.zeros_like(param[..., :1]), np.zeros_like(param[..., :1, :]), None)


def step(param, grad, state, lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, *, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    g = -grad if maximize else grad
    least, t = _least(eps, param), state.step + 1
    new = t**beta2_decay
    alpha = max(eps[1], _rms(param)) * min(lr, 1 / t**0.5)
    if weight_decay:
        param = param * (1 - lr * weight_decay)
    square = g * g
    row_var = col_var = variance = None
    with np.errstate(divide="ignore", invalid="ignore"):  # 0 / 0 where eps[0] is 0 and no gradient was, as in torch
        if g.ndim < 2:
            v = variance = (1 - new) * state.variance + new * square
        else:
            row_var = (1 - new) * state.row_var + new * square.mean(-1, keepdims=True)
            col_var = (1 - new) * state.col_var + new * square.mean(-2, keepdims=True)
            # Divided first: the product of both would overflow long before the gradient's square.
            v = row_var / np.maximum(row_var.mean(-2, keepdims=True), least) * col_var
        u = g / np.maximum(np.sqrt(v), least)
    return param - alpha / max(1.0, _rms(u) / d) * u, State(t, row_var, col_var, variance)


def _least(eps, param):
    return float(np.finfo(param.dtype).eps) if eps[0] is None else eps[0]


def _rms(x):
    """Return the root of the mean square."""
    return float(norm(x.ravel(), 2.0)[0]) / x.size**0.5
