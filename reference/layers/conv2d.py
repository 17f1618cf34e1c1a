"""Twin of `scratch.layers.conv2d`."""

import warnings

import torch.nn.functional as F


def forward(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Return `torch.nn.functional.conv2d`, without its warning where "same" pads the two sides differently."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using padding='same'", category=UserWarning)
        return F.conv2d(input, weight, bias, stride, padding, dilation, groups)
