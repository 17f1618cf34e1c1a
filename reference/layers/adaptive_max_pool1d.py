"""Twin of `scratch.layers.adaptive_max_pool1d`."""

import torch.nn.functional as F


def forward(input, output_size, return_indices=False):
    """Return `torch.nn.functional.adaptive_max_pool1d`."""
    return F.adaptive_max_pool1d(input, output_size, return_indices=return_indices)
