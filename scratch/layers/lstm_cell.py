"""A step of long short-term memory, torch's `lstm_cell`.

Source: Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory", Neural Computation 9; with the forget gate of Gers,
Schmidhuber and Cummins, 2000, "Learning to Forget", Neural Computation 12.

Formula:

    (a_i, a_f, a_g, a_o) = u + v,   u = W_ih x + b_ih,   v = W_hh h + b_hh
    i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o),   g = tanh(a_g)
    c' = f c + i g,   h' = o t,   t = tanh(c')

Gradient: `grad` is the pair (dL/dh', dL/dc'). c' counts in both outputs, so in all it has
d = dL/dc' + dL/dh' o (1 - t^2). A sigmoid s has the derivative s (1 - s), and g has 1 - g^2, so from c' = f c + i g and
h' = o t

    dL/dc = d f
    d_i = d g i (1 - i),   d_f = d c f (1 - f),   d_g = d i (1 - g^2),   d_o = dL/dh' t o (1 - o)

d_a = (d_i, d_f, d_g, d_o) is dL/du and dL/dv, so dL/dx = W_ih' d_a and dL/dh = W_hh' d_a. Summed over the samples,
dL/dW_ih = sum d_a x', dL/dW_hh = sum d_a h', and each bias has sum d_a.

Options:
    b_ih, b_hh: biases; None adds nothing.

Shapes: `input` is (N, F) or (F,), `hx`, `cx` and both outputs (N, H) or (H,), `w_ih` (4 H, F), `w_hh` (4 H, H), `b_ih`
and `b_hh` (4 H,).

Errors: ValueError for other shapes.

torch: its function takes both states as one pair, a sample without a batch in `torch.nn.LSTMCell` only, and broadcasts
a bias of another shape, which is refused here.

Example:

>>> x = np.zeros(1)
>>> h, c = forward(x, x, x + 1, np.ones((4, 1)), np.ones((4, 1)))
>>> h.round(4).tolist(), c.tolist()
([0.2311], [0.5])
>>> backward((x, x + 1), x, x, x + 1, np.ones((4, 1)), np.ones((4, 1))).cx.tolist()
[0.5]
"""

from typing import NamedTuple

import numpy as np

from scratch._recurrent import gates, gates_backward, require_state
from scratch.activations import sigmoid, tanh


class Gradients(NamedTuple):
    """Gradients by input; None for a bias that was not given."""

    input: np.ndarray
    hx: np.ndarray
    cx: np.ndarray
    w_ih: np.ndarray
    w_hh: np.ndarray
    b_ih: np.ndarray | None = None
    b_hh: np.ndarray | None = None


def forward(input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the next hidden state and the next cell state."""
    *_, o, c = _step(input, hx, cx, w_ih, w_hh, b_ih, b_hh)
    return o * tanh.forward(c), c


def backward(grad, input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return the gradients of `input`, `hx`, `cx`, the weights and the biases."""
    (a_i, a_f, a_g, a_o), i, f, g, o, c = _step(input, hx, cx, w_ih, w_hh, b_ih, b_hh)
    grad_h, grad_c = grad
    d = grad_c + tanh.backward(grad_h * o, c)
    d_i = sigmoid.backward(d * g, a_i)
    d_f = sigmoid.backward(d * cx, a_f)
    d_g = tanh.backward(d * i, a_g)
    d_o = sigmoid.backward(grad_h * tanh.forward(c), a_o)
    d_a = np.concatenate((d_i, d_f, d_g, d_o), axis=-1)
    return Gradients(cx=d * f, **gates_backward(d_a, d_a, input, hx, w_ih, w_hh, b_ih, b_hh))


def _step(input, hx, cx, w_ih, w_hh, b_ih, b_hh):
    """Return the four preactivations, the four gates and the next cell state."""
    u, v = gates(input, hx, w_ih, w_hh, b_ih, b_hh, 4)
    require_state(input, cx, "cx", hx.shape[-1])
    a_i, a_f, a_g, a_o = a = np.split(u + v, 4, axis=-1)
    i, f, o = (sigmoid.forward(x) for x in (a_i, a_f, a_o))
    g = tanh.forward(a_g)
    return a, i, f, g, o, f * cx + i * g
