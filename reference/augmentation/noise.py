"""Twin of `scratch.augmentation.noise`."""

import torch


def forward(input, draw, sigma):
    """Return `torch.add` of `input` and `sigma` times `draw`."""
    return torch.add(input, draw, alpha=sigma)
