"""A layer of gated recurrent units over a sequence (Cho et al., 2014, arXiv:1406.1078), torch's `gru`.

    h_t = gru_cell(x_t, h_{t-1}),   t = 1 ... T        h_0 = hx

The output is (h_1 ... h_T, h_T). One layer in one direction: several layers, or both directions, are compositions of
this one, and dropout stands between layers.

Gradient: by back-propagation through time (Werbos, 1990). h_t counts in the output and in the next step, so with
q_T = dL/dh_n, for t = T ... 1 the backward of the cell takes q_t + dL/doutput_t to q_{t-1}, dL/dx_t and step t's share
in the gradients of weights and biases, which are summed. dL/dhx = q_0. `grad` is the pair of those of the outputs.

Shapes: `input` (T, N, F) or (T, F), `hx` and the last state (N, H) or (H,), the output (T, N, H) or (T, H), `w_ih`
(3 H, F), `w_hh` (3 H, H), `b_ih` and `b_hh` (3 H,), both or none. ValueError for other shapes, and for a sequence of no
steps.

torch's function takes a sample without a batch in `torch.nn.GRU` only, and broadcasts an input
of one sample and a bias of another shape, which are refused here.

>>> x, w = np.zeros((2, 1)), np.ones((3, 1))
>>> output, last = forward(x, x[0] + 1, w, 0 * w)
>>> output.tolist(), last.tolist()
([[0.5], [0.25]], [0.25])
>>> backward((x, x[0] + 1), x, x[0] + 1, w, 0 * w).hx.tolist()
[0.25]
"""

import numpy as np

from scratch._recurrent import through_time, unroll
from scratch.layers import gru_cell


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the hidden state of every step, and the last one."""
    _, *passed = unroll(gru_cell, input, (hx,), (w_ih, w_hh, b_ih, b_hh))
    return np.stack([h for (h,) in passed]), *passed[-1]


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    return through_time(gru_cell, grad, input, (hx,), (w_ih, w_hh, b_ih, b_hh))
