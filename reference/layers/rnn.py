"""Twin of `scratch.layers.rnn`."""

import torch


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return `torch.rnn_tanh` or `torch.rnn_relu` of one layer in one direction; they want a batch."""
    if input.dim() == 2:
        output, last = forward(input[:, None], hx[None], w_ih, w_hh, b_ih, b_hh, nonlinearity)
        return output[:, 0], last[0]
    layer = {"tanh": torch.rnn_tanh, "relu": torch.rnn_relu}[nonlinearity]
    parameters = [p for p in (w_ih, w_hh, b_ih, b_hh) if p is not None]
    output, last = layer(input, hx[None], parameters, len(parameters) > 2, 1, 0.0, False, False, False)
    return output, last[0]
