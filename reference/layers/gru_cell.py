"""Twin of `scratch.layers.gru_cell`."""

import torch


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return `torch.gru_cell`, which wants a batch."""
    if input.dim() == 1:
        return torch.gru_cell(input[None], hx[None], w_ih, w_hh, b_ih, b_hh)[0]
    return torch.gru_cell(input, hx, w_ih, w_hh, b_ih, b_hh)
