"""Twin of `scratch.layers.max_pool1d`."""

import torch.nn.functional as F


def forward(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Return `torch.nn.functional.max_pool1d`."""
    return F.max_pool1d(
        input, kernel_size, stride, padding, dilation, ceil_mode=ceil_mode, return_indices=return_indices
    )
