"""Twin of `scratch.activations.silu`."""

import torch.nn.functional as F


def forward(input):
    """Return `torch.nn.functional.silu`."""
    return F.silu(input)
