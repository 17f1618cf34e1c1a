"""Twin of `scratch.activations.mish`."""

import torch.nn.functional as F


def forward(input):
    """Return `torch.nn.functional.mish`."""
    return F.mish(input)
