"""Twin of `scratch.layers.linear`."""

import torch.nn.functional as F


def forward(input, weight, bias=None):
    """Return `torch.nn.functional.linear`."""
    return F.linear(input, weight, bias)
