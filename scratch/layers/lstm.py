"""A layer of long short-term memory over a sequence, torch's `lstm`.

Source: Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory", Neural Computation 9; back-propagation through time:
Werbos, 1990, Proceedings of the IEEE 78.

Formula:

    (h_t, c_t) = lstm_cell(x_t, h_{t-1}, c_{t-1}),   t = 1 ... T        h_0 = hx, c_0 = cx

The output is (h_1 ... h_T, h_T, c_T). Several layers, or both directions, are compositions of this one, and dropout
stands between layers.

Gradient: h_t counts in the output and in the next step, c_t in the next step alone. So with q_T = dL/dh_n and
s_T = dL/dc_n, the gradients of the last states, for t = T ... 1

    (dL/dx_t, q_{t-1}, s_{t-1}, dL/dW at step t) = lstm_cell's backward of (q_t + dL/doutput_t, s_t)

where W stands for the weights and biases; and dL/dhx = q_0, dL/dcx = s_0. Every step uses the same parameters, so dL/dW
is the sum over the steps. The way from c_t to c_{t-1} is a product with the forget gate, not with a matrix.

Options:
    b_ih, b_hh: biases, both or none.

Shapes: `input` is (T, N, F) or (T, F), `hx`, `cx` and the last states (N, H) or (H,), the output (T, N, H) or (T, H),
`w_ih` (4 H, F), `w_hh` (4 H, H), `b_ih` and `b_hh` (4 H,). `grad` is the triple of those of the outputs.

Errors: ValueError for other shapes, one bias without the other, and a sequence of no steps.

torch: its function takes a sample without a batch in `torch.nn.LSTM` only, which also checks the shapes. The function
broadcasts an input or a cell of one sample and a bias of another shape in float64; in float32 on a CPU, where another
kernel (oneDNN's) computes, it reads other memory there and gives wrong numbers. Here they are refused.

Example:

>>> x, w = np.zeros((2, 1)), np.ones((4, 1))
>>> output, h, c = forward(x, x[0], x[0] + 1, w, 0 * w)
>>> output.round(4).tolist(), h.round(4).tolist(), c.tolist()
([[0.2311], [0.1225]], [0.1225], [0.25])
>>> backward((x, x[0], x[0] + 1), x, x[0], x[0] + 1, w, 0 * w).cx.tolist()
[0.25]
"""

import numpy as np

from scratch._recurrent import unroll, unroll_backward
from scratch.layers import lstm_cell


def forward(input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the hidden state of every step, the last one, and the last cell state."""
    _, *states = unroll(lstm_cell, input, (hx, cx), (w_ih, w_hh, b_ih, b_hh))
    return np.stack([h for h, _ in states]), *states[-1]


def backward(grad, input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the gradients of `input`, `hx`, `cx`, the weights and the biases."""
    return unroll_backward(lstm_cell, grad, input, (hx, cx), (w_ih, w_hh, b_ih, b_hh))
