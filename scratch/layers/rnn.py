"""A simple recurrent layer over a sequence, torch's `rnn_tanh` and `rnn_relu`.

Source: Elman, 1990, "Finding Structure in Time", Cognitive Science 14; back-propagation through time: Werbos, 1990,
Proceedings of the IEEE 78.

Formula:

    h_t = f(a_t),   a_t = W_ih x_t + b_ih + W_hh h_{t-1} + b_hh,   t = 1 ... T        h_0 = hx; f: tanh or relu

The output is (h_1 ... h_T, h_T). Several layers, or both directions, are compositions of this one, and dropout stands
between layers.

Gradient: h_t counts in the output and in the next step. So with q_T = dL/dh_n, the gradient of the last state, for
t = T ... 1

    d_t = (q_t + dL/doutput_t) f'(a_t),   q_{t-1} = W_hh' d_t,   dL/dx_t = W_ih' d_t

and dL/dhx = q_0. Every step uses the same parameters, so dL/dW_ih = sum_t d_t x_t', dL/dW_hh = sum_t d_t h_{t-1}', and
each bias has sum_t d_t. f' is 1 - h_t^2 for tanh; for relu it is 1 where a_t > 0 and 0 elsewhere, the kink a_t = 0 too.

Options:
    b_ih, b_hh: biases, both or none.
    nonlinearity: "tanh" or "relu", which is f.

Shapes: `input` is (T, N, F) or (T, F), `hx` and the last state (N, H) or (H,), the output (T, N, H) or (T, H), `w_ih`
(H, F), `w_hh` (H, H), `b_ih` and `b_hh` (H,). `grad` is the pair of those of the outputs.

Errors: ValueError for other shapes, one bias without the other, a sequence of no steps, or an unknown `nonlinearity`.

torch: its functions take a sample without a batch in `torch.nn.RNN` only, and broadcast an input of one sample and a
bias of another shape, which are refused here.

Example:

>>> x, w = np.array([[1.0], [2.0]]), np.array([[2.0]])
>>> output, last = forward(x, x[0], w, w, nonlinearity="relu")
>>> output.tolist(), last.tolist()
([[4.0], [12.0]], [12.0])
>>> backward((np.zeros((2, 1)), np.ones(1)), x, x[0], w, w, nonlinearity="relu").input.tolist()
[[4.0], [2.0]]
"""

import numpy as np

from scratch._recurrent import unroll, unroll_backward
from scratch.layers import rnn_cell


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return the hidden state of every step, and the last one."""
    _, *states = unroll(rnn_cell, input, (hx,), (w_ih, w_hh, b_ih, b_hh, nonlinearity))
    return np.stack([h for (h,) in states]), *states[-1]


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    return unroll_backward(rnn_cell, grad, input, (hx,), (w_ih, w_hh, b_ih, b_hh, nonlinearity))
