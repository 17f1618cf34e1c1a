"""Twin of `scratch.layers.lstm`."""

import torch


def forward(input, hx, cx, w_ih, w_hh, b_ih=None, b_hh=None):
    """Return `torch.lstm` of one layer in one direction, which wants a batch."""
    if input.dim() == 2:
        output, h, c = forward(input[:, None], hx[None], cx[None], w_ih, w_hh, b_ih, b_hh)
        return output[:, 0], h[0], c[0]
    parameters = [p for p in (w_ih, w_hh, b_ih, b_hh) if p is not None]
    states = hx[None], cx[None]
    output, h, c = torch.lstm(input, states, parameters, len(parameters) > 2, 1, 0.0, False, False, False)
    return output, h[0], c[0]
