"""Twin of `scratch.approximation.towers`."""

import torch


def forward(input, low, high, height, steepness):
    """Return the sum of all towers at `input`: four sigmoids each, and one of their sum less 3/2."""
    x, k = input.unsqueeze(-2), steepness.reshape(())
    between = torch.sigmoid(k * (x - low)) - torch.sigmoid(k * (x - high))
    return torch.sigmoid(k * (between.sum(-1) - 1.5)) @ height
