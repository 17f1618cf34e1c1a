"""Twin of `scratch.layers.adaptive_max_pool2d`."""

import torch.nn.functional as F


def forward(input, output_size, return_indices=False):
    """Return `torch.nn.functional.adaptive_max_pool2d`."""
    return F.adaptive_max_pool2d(input, output_size, return_indices=return_indices)
