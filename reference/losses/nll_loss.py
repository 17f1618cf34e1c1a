"""Twin of `scratch.losses.nll_loss`."""

import torch.nn.functional as F


def forward(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """Return `torch.nn.functional.nll_loss`."""
    return F.nll_loss(input, target, weight, ignore_index=ignore_index, reduction=reduction)
