"""A step of a simple recurrent network (Elman, 1990, "Finding Structure in Time"), torch's `rnn_tanh_cell`.

    h' = f(a),   a = W_ih x + b_ih + W_hh h + b_hh        f: tanh or relu, by `nonlinearity`

Gradient: with d = dL/dh' f'(a), dL/dx = W_ih' d and dL/dh = W_hh' d; summed over the samples, dL/dW_ih = sum d x',
dL/dW_hh = sum d h', and each bias has sum d. Where a is 0, f' of relu is 0.

Shapes: `input` (N, F) or (F,), `hx` and the output (N, H) or (H,), `w_ih` (H, F), `w_hh` (H, H), `b_ih` and `b_hh`
(H,). ValueError for other shapes, or an unknown `nonlinearity`.

torch has two functions, and takes one sample without a batch in `torch.nn.RNNCell` only. They broadcast a bias of
another shape, which is refused here.

>>> x, h = np.array([1.0]), np.array([0.5])
>>> w = np.array([[2.0]])
>>> forward(x, h, w, w, nonlinearity="relu").tolist()
[3.0]
>>> backward(np.array([1.0]), x, h, w, w, nonlinearity="relu").w_hh.tolist()
[[0.5]]
"""

from typing import NamedTuple

import numpy as np

from scratch._recurrent import gates, pull
from scratch.activations import relu, tanh


class Gradients(NamedTuple):
    """Gradients by input; None for a bias that was not given."""

    input: np.ndarray
    hx: np.ndarray
    w_ih: np.ndarray
    w_hh: np.ndarray
    b_ih: np.ndarray | None = None
    b_hh: np.ndarray | None = None


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return the next hidden state."""
    ours, theirs = gates(input, hx, w_ih, w_hh, b_ih, b_hh, 1)
    return _function(nonlinearity).forward(ours + theirs)


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    ours, theirs = gates(input, hx, w_ih, w_hh, b_ih, b_hh, 1)
    d = _function(nonlinearity).backward(grad, ours + theirs)
    return Gradients(**pull(input, hx, w_ih, w_hh, b_ih, b_hh, d, d))


def _function(nonlinearity):
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"Expected nonlinearity to be 'tanh' or 'relu'; got {nonlinearity!r}.")
    return tanh if nonlinearity == "tanh" else relu
