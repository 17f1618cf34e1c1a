"""Twin of `scratch.layers.avg_pool1d`."""

import torch.nn.functional as F


def forward(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Return `torch.nn.functional.avg_pool1d`."""
    return F.avg_pool1d(input, kernel_size, stride, padding, ceil_mode, count_include_pad)
