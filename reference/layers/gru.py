"""Twin of `scratch.layers.gru`."""

import torch


def forward(input, hx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return `torch.gru` of one layer in one direction, which wants a batch."""
    if input.dim() == 2:
        output, last = forward(input[:, None], hx[None], w_ih, w_hh, b_ih, b_hh)
        return output[:, 0], last[0]
    parameters = [p for p in (w_ih, w_hh, b_ih, b_hh) if p is not None]
    output, last = torch.gru(input, hx[None], parameters, len(parameters) > 2, 1, 0.0, False, False, False)
    return output, last[0]
