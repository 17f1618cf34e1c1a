"""A step of a simple recurrent network, torch's `rnn_tanh_cell` and `rnn_relu_cell`.

Source: Elman, 1990, "Finding Structure in Time", Cognitive Science 14.

Formula:

    h' = f(u + v),   u = W_ih x + b_ih,   v = W_hh h + b_hh        f: tanh or relu

Gradient: let d = dL/dh' f'(u + v), which is dL/du and dL/dv. tanh has f' = 1 - h'^2; relu has 1 where u + v > 0 and 0
elsewhere, so 0 is taken at the kink u + v = 0. u_i = sum_k W_ik x_k + b_i gives dL/dx = W_ih' d, and likewise
dL/dh = W_hh' d. Summed over the samples, dL/dW_ih = sum d x', dL/dW_hh = sum d h', and each bias has sum d.

Options:
    b_ih, b_hh: biases; None adds nothing.
    nonlinearity: "tanh" or "relu", which is f.

Shapes: `input` is (N, F) or (F,), `hx` and the output (N, H) or (H,), `w_ih` (H, F), `w_hh` (H, H), `b_ih` and `b_hh`
(H,).

Errors: ValueError for other shapes, or an unknown `nonlinearity`.

torch: has two functions, and takes one sample without a batch in `torch.nn.RNNCell` only. They broadcast a bias of
another shape, which is refused here.

Example:

>>> x, h = np.array([1.0]), np.array([0.5])
>>> w = np.array([[2.0]])
>>> forward(x, h, w, w, nonlinearity="relu").tolist()
[3.0]
>>> backward(np.array([1.0]), x, h, w, w, nonlinearity="relu").w_hh.tolist()
[[0.5]]
"""

from typing import NamedTuple

import numpy as np

from scratch._recurrent import gates, gates_backward
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
    u, v = gates(input, hx, w_ih, w_hh, b_ih, b_hh, 1)
    return _function(nonlinearity).forward(u + v)


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    u, v = gates(input, hx, w_ih, w_hh, b_ih, b_hh, 1)
    d = _function(nonlinearity).backward(grad, u + v)
    return Gradients(**gates_backward(d, d, input, hx, w_ih, w_hh, b_ih, b_hh))


def _function(nonlinearity):
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"Expected nonlinearity to be 'tanh' or 'relu'; got {nonlinearity!r}.")
    return tanh if nonlinearity == "tanh" else relu
