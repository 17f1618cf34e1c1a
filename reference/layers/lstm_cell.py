"""Twin of `scratch.layers.lstm_cell`."""

import torch


def forward(input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return `torch.lstm_cell`, which wants a batch."""
    if input.dim() == 1:
        h, c = torch.lstm_cell(input[None], (hx[None], cx[None]), w_ih, w_hh, b_ih, b_hh)
        return h[0], c[0]
    return torch.lstm_cell(input, (hx, cx), w_ih, w_hh, b_ih, b_hh)
