"""Twin of `scratch.gradient_checking.central_difference`."""

import torch


def forward(input, function, step):
    """Return the difference quotients of `function` at `input`."""
    steps = step * torch.eye(input.numel(), dtype=input.dtype, device=input.device).reshape(input.numel(), *input.shape)
    after, before = (torch.vmap(function)(input + e) for e in (steps, -steps))
    return ((after - before) / (2 * step)).reshape(input.shape)
