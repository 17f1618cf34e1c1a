"""A step of a gated recurrent unit, torch's `gru_cell`.

Source: Cho et al., 2014, "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
Translation", arXiv:1406.1078.

Formula:

    (u_r, u_z, u_n) = W_ih x + b_ih,   (v_r, v_z, v_n) = W_hh h + b_hh
    r = sigmoid(a_r),   z = sigmoid(a_z),   n = tanh(a_n)
    a_r = u_r + v_r,    a_z = u_z + v_z,    a_n = u_n + r v_n
    h' = (1 - z) n + z h

Gradient: let q = dL/dh'. A sigmoid s has the derivative s (1 - s), and n has 1 - n^2, so from
h' = (1 - z) n + z h and a_n = u_n + r v_n

    d_n = q (1 - z) (1 - n^2),   d_z = q (h - n) z (1 - z),   d_r = d_n v_n r (1 - r)

So dL/du = (d_r, d_z, d_n) and dL/dv = (d_r, d_z, d_n r). The maps pass on dL/dx = W_ih' dL/du and dL/dh = W_hh' dL/dv,
and dL/dh has q z besides, since h stands in h' itself. Summed over the samples, dL/dW_ih = sum dL/du x',
dL/dW_hh = sum dL/dv h', dL/db_ih = sum dL/du and dL/db_hh = sum dL/dv.

Options:
    b_ih, b_hh: biases; None adds nothing.

Shapes: `input` is (N, F) or (F,), `hx` and the output (N, H) or (H,), `w_ih` (3 H, F), `w_hh` (3 H, H), `b_ih` and
`b_hh` (3 H,).

Errors: ValueError for other shapes.

torch: r scales the product W_hh h + b_hh, as here; Cho et al. scale h before it. z keeps the old state in both. torch
takes a sample without a batch in `torch.nn.GRUCell` only, and broadcasts a bias of another shape, which is refused
here.

Example:

>>> x = np.zeros(1)
>>> forward(x, x + 1, np.ones((3, 1)), np.zeros((3, 1))).tolist()
[0.5]
>>> backward(np.ones(1), x, x + 1, np.ones((3, 1)), np.zeros((3, 1))).input.tolist()
[0.75]
"""

from typing import NamedTuple

import numpy as np

from scratch._recurrent import gates, gates_backward
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
    # 1 - z is sigmoid(-a_z): the difference has no digits left where z is near 1.
    return sigmoid.forward(-a_z) * tanh.forward(a_n) + sigmoid.forward(a_z) * hx


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    a_r, a_z, a_n, r, v_n = _step(input, hx, w_ih, w_hh, b_ih, b_hh)
    d_n = tanh.backward(grad * sigmoid.forward(-a_z), a_n)
    d_r = sigmoid.backward(d_n * v_n, a_r)
    d_z = sigmoid.backward(grad * (hx - tanh.forward(a_n)), a_z)
    d_u, d_v = (np.concatenate((d_r, d_z, x), axis=-1) for x in (d_n, d_n * r))
    g = gates_backward(d_u, d_v, input, hx, w_ih, w_hh, b_ih, b_hh)
    return Gradients(**g)._replace(hx=g["hx"] + grad * sigmoid.forward(a_z))


def _step(input, hx, w_ih, w_hh, b_ih, b_hh):
    """Return the three preactivations, the reset gate and what it scales."""
    u, v = gates(input, hx, w_ih, w_hh, b_ih, b_hh, 3)
    (u_r, u_z, u_n), (v_r, v_z, v_n) = np.split(u, 3, axis=-1), np.split(v, 3, axis=-1)
    r = sigmoid.forward(u_r + v_r)
    return u_r + v_r, u_z + v_z, u_n + r * v_n, r, v_n
