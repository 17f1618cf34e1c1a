"""Twin of `scratch.layers.avg_pool2d`."""

import torch.nn.functional as F


def forward(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None):
    """Return `torch.nn.functional.avg_pool2d`."""
    return F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
