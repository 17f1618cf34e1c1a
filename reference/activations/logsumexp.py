"""Twin of `scratch.activations.logsumexp`."""

import torch


def forward(input, dim, keepdim=False):
    """Return `torch.logsumexp`."""
    return torch.logsumexp(input, dim, keepdim)
