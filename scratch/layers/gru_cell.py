"""A step of a gated recurrent unit (Cho et al., 2014, arXiv:1406.1078), torch's `gru_cell`.

    (u_r, u_z, u_n) = W_ih x + b_ih,   (v_r, v_z, v_n) = W_hh h + b_hh
    r = sigmoid(u_r + v_r),   z = sigmoid(u_z + v_z),   n = tanh(u_n + r v_n)
    h' = (1 - z) n + z h

1 - z is computed as sigmoid(-u_z - v_z), since it has no digits left where z is near 1.

Gradient: with q = dL/dh', the gates have

    d_n = q (1 - z) (1 - n^2),   d_r = d_n v_n r (1 - r),   d_z = q (h - n) z (1 - z)

(d_r, d_z, d_n) goes through the map of x and (d_r, d_z, d_n r) through that of h, where q z is added to dL/dh. A map
with d has dL/dx = W' d, and summed over the samples dL/dW = sum d x' and dL/db = sum d.

Shapes: `input` (N, F) or (F,), `hx` and the output (N, H) or (H,), `w_ih` (3 H, F), `w_hh` (3 H, H), `b_ih` and `b_hh`
(3 H,). ValueError for other shapes.

As in torch, r scales the product W_hh h + b_hh (Cho et al. scale h before it), and z keeps the old state. torch takes a
sample without a batch in `torch.nn.GRUCell` only, and broadcasts a bias of another shape, which is refused here.

>>> x = np.zeros(1)
>>> forward(x, x + 1, np.ones((3, 1)), np.zeros((3, 1))).tolist()
[0.5]
>>> backward(np.ones(1), x, x + 1, np.ones((3, 1)), np.zeros((3, 1))).input.tolist()
[0.75]
"""

from typing import NamedTuple

import numpy as np

from scratch._recurrent import gates, pull
from scratch.activations import sigmoid, tanh


class Gradients(NamedTuple):
    """Gradients by input; None for a bias that was not given."""

    input: np.ndarray
    hx: np.ndarray
    w_ih: np.ndarray
    w_hh: np.ndarray
    b_ih: np.ndarray | None = None
    b_hh: np.ndarray | None = None


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the next hidden state."""
    _, a_z, a_n, _, _ = _step(input, hx, w_ih, w_hh, b_ih, b_hh)
    return sigmoid.forward(-a_z) * tanh.forward(a_n) + sigmoid.forward(a_z) * hx


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    a_r, a_z, a_n, r, v_n = _step(input, hx, w_ih, w_hh, b_ih, b_hh)
    d_n = tanh.backward(grad * sigmoid.forward(-a_z), a_n)
    d_r = sigmoid.backward(d_n * v_n, a_r)
    d_z = sigmoid.backward(grad * (hx - tanh.forward(a_n)), a_z)
    ours, theirs = (np.concatenate((d_r, d_z, x), axis=-1) for x in (d_n, d_n * r))
    g = pull(input, hx, w_ih, w_hh, b_ih, b_hh, ours, theirs)
    return Gradients(**g)._replace(hx=g["hx"] + grad * sigmoid.forward(a_z))


def _step(input, hx, w_ih, w_hh, b_ih, b_hh):
    """Return the three preactivations, the reset gate and what it scales."""
    ours, theirs = gates(input, hx, w_ih, w_hh, b_ih, b_hh, 3)
    (u_r, u_z, u_n), (v_r, v_z, v_n) = (np.split(a, 3, axis=-1) for a in (ours, theirs))
    r = sigmoid.forward(u_r + v_r)
    return u_r + v_r, u_z + v_z, u_n + r * v_n, r, v_n
