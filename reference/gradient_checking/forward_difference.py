"""Twin of `scratch.gradient_checking.forward_difference`."""

import torch


def forward(input, function, step):
    """Return the difference quotients of `function` at `input`."""
    steps = step * torch.eye(input.numel(), dtype=input.dtype, device=input.device).reshape(input.numel(), *input.shape)
    values = torch.vmap(function)(input + steps)
    return ((values - function(input)) / step).reshape(input.shape)
