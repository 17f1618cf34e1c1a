"""Twin of `scratch.activations.step`."""

import torch


def forward(input, values):
    """Return `torch.heaviside` of detached inputs, since autograd would raise, in the graph of a sign: all zeros."""
    steps = torch.heaviside(input.detach(), values.detach())
    return torch.where(torch.ones_like(steps, dtype=torch.bool), steps, input.sign())
