"""Twin of `scratch.augmentation.flip`."""

import torch


def forward(input, dims):
    """Return `torch.flip`."""
    return torch.flip(input, dims)
