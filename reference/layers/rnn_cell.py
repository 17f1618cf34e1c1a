"""Twin of `scratch.layers.rnn_cell`."""

import torch


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None, nonlinearity="tanh"):
    """Return `torch.rnn_tanh_cell` or `torch.rnn_relu_cell`, which want a batch."""
    cell = {"tanh": torch.rnn_tanh_cell, "relu": torch.rnn_relu_cell}[nonlinearity]
    if input.dim() == 1:
        return cell(input[None], hx[None], w_ih, w_hh, b_ih, b_hh)[0]
    return cell(input, hx, w_ih, w_hh, b_ih, b_hh)
