"""Twin of `scratch.losses.smooth_l1_loss`."""

import warnings

import torch.nn.functional as F


def forward(input, target, reduction="mean", beta=1.0):
    """Return `torch.nn.functional.smooth_l1_loss`, without its warning where the shapes broadcast."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using a target size", category=UserWarning)
        return F.smooth_l1_loss(input, target, reduction=reduction, beta=beta)
