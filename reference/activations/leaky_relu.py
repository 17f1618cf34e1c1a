"""Twin of `scratch.activations.leaky_relu`."""

import torch.nn.functional as F


def forward(input, negative_slope=0.01):
    """Return `torch.nn.functional.leaky_relu`."""
    return F.leaky_relu(input, negative_slope)
