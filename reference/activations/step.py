"""Twin of `scratch.activations.step`."""

import torch


def forward(input, values):
    """Return `torch.heaviside`, which has no derivative: of detached inputs, since autograd would raise."""
    return torch.heaviside(input.detach(), values.detach())
