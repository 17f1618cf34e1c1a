"""Muon, torch's `Muon`: momentum whose singular values are all made about 1, for matrices.

Source: Jordan et al., 2024, kellerjordan.github.io/posts/muon; Liu et al., 2025, arXiv:2502.16982.

Formula:

    M  <- momentum M + (1 - momentum) g
    N  =  (1 - momentum) g + momentum M  if nesterov, else M
    X  =  N / max(|N|, eps),             |N| the Frobenius norm; transposed if it has more rows than columns
    X  <- a X + (b A + c A^2) X,         A = X X^T, ns_steps times, a, b, c = ns_coefficients
    theta <- theta (1 - lr weight_decay)
    theta <- theta - lr k X,             k = sqrt(max(1, rows / columns)),  "original"
                                         k = 0.2 sqrt(max(rows, columns)),  "match_rms_adamw"

Derivation: With N = U S V^T, the X of spectral norm 1 that descends most, the largest trace of N^T X, is U V^T. Newton
and Schulz's iteration comes near it without a decomposition: from X = U S V^T, A X is U S^3 V^T and A^2 X is
U S^5 V^T, so each singular value s becomes a s + b s^3 + c s^5, and U and V stay. After the division by |N| all s are
at most 1. The default coefficients do not converge to 1: they are steep at 0, and leave what began above 0.003 between
0.68 and 1.21 after five steps. U V^T has the root mean square 1 / sqrt(max(rows, columns)), so Liu et al.'s k makes
that of an update 0.2, about that of AdamW's.

Options:
    lr: a factor of every step.
    weight_decay: the part of theta that a step takes off, times lr.
    momentum: the decay of the average M for each step.
    nesterov: average g with M once more to get N.
    ns_coefficients: a, b and c of the iteration.
    eps: the least norm that N is divided by.
    ns_steps: the number of iterations, below 100.
    adjust_lr_fn: how k follows from the shape, "original" or "match_rms_adamw"; None is "original".

Shapes: `param`, `grad` and the buffer have one shape, rows by columns.

Errors: ValueError for a parameter that is no matrix, a negative lr, momentum or weight_decay, ns_steps of 100 or more,
other than three coefficients, an unknown adjust_lr_fn, and for a gradient of another shape or type; TypeError for the
state of another optimizer.

torch: computes X in bfloat16 whatever the type of the parameter: X is 1 to 2 percent off, by its Frobenius norm, for
random matrices from 3 by 8 to 256 by 1024, and 11 percent at a condition number of 1e4. Here X has the parameter's own
type, and so has the twin's. Of bfloat16 parameters torch's division also scales the momentum M itself, unless nesterov.

Example:

>>> state = init(np.eye(2), momentum=0.5)
>>> param, state = step(np.eye(2), 4 * np.eye(2), state, 1, 0, 0.5, False, (1.5, -0.5, 0), ns_steps=9)
>>> param.round(4).tolist(), state.momentum_buffer.tolist()
([[0.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 2.0]])
"""

from typing import NamedTuple

import numpy as np

from scratch._distance import norm
from scratch.optimizers._require import require_at_least, require_same_shape, require_state

RATIOS = {
    None: lambda rows, columns: max(1, rows / columns) ** 0.5,
    "original": lambda rows, columns: max(1, rows / columns) ** 0.5,
    "match_rms_adamw": lambda rows, columns: 0.2 * max(rows, columns) ** 0.5,
}


class State(NamedTuple):
    """The average of the gradient."""

    momentum_buffer: np.ndarray


def init(
    param,
    lr=1e-3,
    weight_decay=0.1,
    momentum=0.95,
    nesterov=True,
    ns_coefficients=(3.4445, -4.775, 2.0315),
    eps=1e-7,
    ns_steps=5,
    adjust_lr_fn=None,
):
    """Return the state before the first step."""
    require_at_least(0, lr=lr, momentum=momentum, weight_decay=weight_decay)
    if param.ndim != 2:
        raise ValueError(f"Expected param to be a matrix; got shape {param.shape}.")
    if adjust_lr_fn not in RATIOS:
        known = ", ".join(map(repr, RATIOS))
        raise ValueError(f"Expected adjust_lr_fn to be one of {known}; got {adjust_lr_fn!r}.")
    if not ns_steps < 100:
        raise ValueError(f"Expected ns_steps to be below 100; got {ns_steps!r}.")
    if len(ns_coefficients) != 3:
        raise ValueError(f"Expected ns_coefficients to be three numbers; got {ns_coefficients!r}.")
    return State(np.zeros_like(param))


def step(
    param,
    grad,
    state,
    lr=1e-3,
    weight_decay=0.1,
    momentum=0.95,
    nesterov=True,
    ns_coefficients=(3.4445, -4.775, 2.0315),
    eps=1e-7,
    ns_steps=5,
    adjust_lr_fn=None,
):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    require_same_shape(param, grad)
    m = momentum * state.momentum_buffer + (1 - momentum) * grad
    n = (1 - momentum) * grad + momentum * m if nesterov else m
    x = _orthogonal(n, ns_coefficients, eps, ns_steps)
    return param * (1 - lr * weight_decay) - lr * RATIOS[adjust_lr_fn](*param.shape) * x, State(m)


def _orthogonal(n, coefficients, eps, steps):
    """Return about the orthogonal factor of n, by Newton and Schulz's iteration on its smaller Gram matrix."""
    a, b, c = coefficients
    x = n.T if n.shape[0] > n.shape[1] else n
    x = x / float(np.maximum(norm(n.ravel(), 2.0)[0], eps))
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * (gram @ gram)) @ x
    return x.T if n.shape[0] > n.shape[1] else x
