"""Twin of `scratch.losses.binary_cross_entropy_with_logits`."""

import torch.nn.functional as F


def forward(input, target, weight=None, reduction="mean", pos_weight=None):
    """Return `torch.nn.functional.binary_cross_entropy_with_logits`."""
    return F.binary_cross_entropy_with_logits(input, target, weight, reduction=reduction, pos_weight=pos_weight)
