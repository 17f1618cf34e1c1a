"""A layer of gated recurrent units over a sequence, torch's `gru`.

Source: Cho et al., 2014, "Learning Phrase Representations using RNN Encoder-Decoder for Statistical Machine
Translation", arXiv:1406.1078; back-propagation through time: Werbos, 1990, Proceedings of the IEEE 78.

Formula:

    h_t = gru_cell(x_t, h_{t-1}),   t = 1 ... T        h_0 = hx

The output is (h_1 ... h_T, h_T). Several layers, or both directions, are compositions of this one, and dropout stands
between layers.

Gradient: h_t counts in the output and in the next step. So with q_T = dL/dh_n, the gradient of the last state, for
t = T ... 1

    (dL/dx_t, q_{t-1}, dL/dW at step t) = gru_cell's backward of q_t + dL/doutput_t

where W stands for the weights and biases; and dL/dhx = q_0. Every step uses the same parameters, so dL/dW is the sum
over the steps.

Options:
    b_ih, b_hh: biases, both or none.

Shapes: `input` is (T, N, F) or (T, F), `hx` and the last state (N, H) or (H,), the output (T, N, H) or (T, H), `w_ih`
(3 H, F), `w_hh` (3 H, H), `b_ih` and `b_hh` (3 H,). `grad` is the pair of those of the outputs.

Errors: ValueError for other shapes, one bias without the other, and a sequence of no steps.

torch: its function takes a sample without a batch in `torch.nn.GRU` only, and broadcasts an input of one sample and a
bias of another shape, which are refused here.

Example:

>>> x, w = np.zeros((2, 1)), np.ones((3, 1))
>>> output, last = forward(x, x[0] + 1, w, 0 * w)
>>> output.tolist(), last.tolist()
([[0.5], [0.25]], [0.25])
>>> backward((x, x[0] + 1), x, x[0] + 1, w, 0 * w).hx.tolist()
[0.25]
"""

import numpy as np

from scratch._recurrent import unroll, unroll_backward
from scratch.layers import gru_cell


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the hidden state of every step, and the last one."""
    _, *states = unroll(gru_cell, input, (hx,), (w_ih, w_hh, b_ih, b_hh))
    return np.stack([h for (h,) in states]), *states[-1]


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    return unroll_backward(gru_cell, grad, input, (hx,), (w_ih, w_hh, b_ih, b_hh))
