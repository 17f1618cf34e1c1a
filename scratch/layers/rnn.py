"""A simple recurrent layer over a sequence (Elman, 1990), torch's `rnn_tanh` and `rnn_relu`.

    h_t = f(W_ih x_t + b_ih + W_hh h_{t-1} + b_hh),   t = 1 ... T        h_0 = hx; f: tanh or relu

The output is (h_1 ... h_T, h_T). One layer in one direction: several layers, or both directions, are compositions of
this one, and dropout stands between layers.

Gradient: by back-propagation through time (Werbos, 1990). h_t counts in the output and in the next step, so with
q_T = dL/dh_n and the step of `rnn_cell`, d_t = (q_t + dL/doutput_t) f'(a_t) and q_{t-1} = W_hh' d_t for t = T ... 1.
Then dL/dhx = q_0, dL/dx_t = W_ih' d_t, dL/dW_ih = sum_t d_t x_t', dL/dW_hh = sum_t d_t h_{t-1}', and each bias has
sum_t d_t. `grad` is the pair of those of the outputs. Where a_t is 0, f' of relu is 0.

Shapes: `input` (T, N, F) or (T, F), `hx` and the last state (N, H) or (H,), the output (T, N, H) or (T, H), `w_ih`
(H, F), `w_hh` (H, H), `b_ih` and `b_hh` (H,), both or none. ValueError for other shapes, a sequence of no steps, or an
unknown `nonlinearity`.

torch's function takes a sample without a batch in `torch.nn.RNN` only, and broadcasts an input of one sample and a bias
of another shape, which are refused here.

>>> x, w = np.array([[1.0], [2.0]]), np.array([[2.0]])
>>> output, last = forward(x, x[0], w, w, nonlinearity="relu")
>>> output.tolist(), last.tolist()
([[4.0], [12.0]], [12.0])
>>> backward((np.zeros((2, 1)), np.ones(1)), x, x[0], w, w, nonlinearity="relu").input.tolist()
[[4.0], [2.0]]
"""

import numpy as np

from scratch._recurrent import through_time, unroll
from scratch.layers import rnn_cell


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return the hidden state of every step, and the last one."""
    _, *passed = unroll(rnn_cell, input, (hx,), (w_ih, w_hh, b_ih, b_hh, nonlinearity))
    return np.stack([h for (h,) in passed]), *passed[-1]


def backward(grad, input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return the gradients of `input`, `hx`, the weights and the biases."""
    return through_time(rnn_cell, grad, input, (hx,), (w_ih, w_hh, b_ih, b_hh, nonlinearity))
