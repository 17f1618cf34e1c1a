"""SparseAdam, torch's `SparseAdam`: Adam on the rows that have a gradient.

Source: Kingma and Ba, 2015, arXiv:1412.6980; the restriction to rows: PyTorch's documentation of `SparseAdam`.

Formula:

    g  <- -g                                   if maximize
    m  <- beta1 m + (1 - beta1) g              on the rows of `indices`, as all that follows
    v  <- beta2 v + (1 - beta2) g^2
    theta <- theta - lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)

`grad` is a pair: the row `indices`, and a row of `values` for each. Values with the same index are added up first, for
the squares' sake. All other rows keep parameter and averages; a gradient without indices changes the counter alone.

Derivation: m and v begin at 0, and after t gradients their weights add up to 1 - beta1^t and 1 - beta2^t. Divided by
these they are averages, and m^ / sqrt(v^) = sqrt(1 - beta2^t) / (1 - beta1^t) m / sqrt(v). t counts the steps of the
whole parameter: a row met late is corrected as if it had been met always, and by default moves by 3 lr at first.

Options:
    lr: the length of a step of a row that is met always.
    betas: the decay of the average m, and that of v, for each gradient of a row.
    eps: added to the uncorrected root.
    maximize: climb instead.

Shapes: `param` and the averages have one shape, any but a scalar's; `indices` (nnz,), integers from 0 on; `values`
(nnz, *param.shape[1:]). `step` counts from 0.

Errors: TypeError for a gradient that is no pair, and for the state of another optimizer; ValueError for an lr or eps of
0 or less, for betas outside [0, 1), for indices outside the rows, and for values of another shape or type.

torch: eps is added to the uncorrected root: it is the eps^ of the paper's last form of the update, not the eps of
Algorithm 1 and of `adam`, of which it is 1 / sqrt(1 - beta2^t) times as much, 32 times at the first step. torch takes
v + (1 - beta2) (g^2 - v), which loses a small square to a large v where beta2 is near 0: with betas of 0, a gradient of
1e-3 after one of 1e3 leaves v 0 in float32, and the step is lr g / eps. It does not check the indices: one outside the
parameter reads or writes elsewhere, or ends the process.

Example:

>>> state = init(np.ones((3, 1)))
>>> param, state = step(np.ones((3, 1)), (np.array([2, 0, 2]), np.array([[1.0], [5.0], [1.0]])), state, lr=0.5)
>>> param.round(4).tolist(), state.exp_avg.round(4).tolist(), state.step
([[0.5], [1.0], [0.5]], [[0.5], [0.0], [0.2]], 1)
"""

from typing import NamedTuple

import numpy as np

from scratch.optimizers._require import require_betas, require_state


class State(NamedTuple):
    """The number of steps taken, and the averages of the gradient and of its square."""

    step: int
    exp_avg: np.ndarray
    exp_avg_sq: np.ndarray


def init(param, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, maximize=False):
    """Return the state before the first step."""
    for name, value in (("lr", lr), ("eps", eps)):
        if not value > 0:
            raise ValueError(f"Expected {name} to be above 0; got {value!r}.")
    require_betas(betas)
    return State(0, np.zeros_like(param), np.zeros_like(param))


def step(param, grad, state, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, maximize=False):
    """Return the parameter and the state after one step."""
    require_state(state, State)
    rows, g = _coalesced(param, grad)
    if maximize:
        g = -g
    t, m, v, param = state.step + 1, state.exp_avg.copy(), state.exp_avg_sq.copy(), param.copy()
    m[rows] = betas[0] * m[rows] + (1 - betas[0]) * g
    v[rows] = betas[1] * v[rows] + (1 - betas[1]) * (g * g)
    rate = lr * (1 - betas[1] ** t) ** 0.5 / (1 - betas[0] ** t)
    param[rows] -= rate * (m[rows] / (np.sqrt(v[rows]) + eps))
    return param, State(t, m, v)


def _coalesced(param, grad):
    """Return the rows that the gradient names, each once, and the sum of its values for each."""
    if not isinstance(grad, tuple):
        raise TypeError(f"Expected grad to be a pair of indices and values; got {type(grad).__name__}.")
    indices, values = grad
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise ValueError(f"Expected indices to be integers on one axis; got {indices.dtype} of shape {indices.shape}.")
    rows = param.shape[0] if param.ndim else 0
    if indices.size and not 0 <= indices.min() <= indices.max() < rows:
        raise ValueError(f"Expected indices to be at least 0 and below {rows}; got {indices.min()} to {indices.max()}.")
    shape = (*indices.shape, *param.shape[1:])
    if values.shape != shape or values.dtype != param.dtype:
        got = f"{values.dtype} of shape {values.shape}"
        raise ValueError(f"Expected values to be {param.dtype} of shape {shape}; got {got}.")
    rows, places = np.unique(indices, return_inverse=True)
    total = np.zeros((rows.size, *shape[1:]), values.dtype)
    np.add.at(total, places, values)  # `total[places] += values` would keep one of those with the same index
    return rows, total
