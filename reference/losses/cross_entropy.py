"""Twin of `scratch.losses.cross_entropy`."""

import torch.nn.functional as F


def forward(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Return `torch.nn.functional.cross_entropy`."""
    return F.cross_entropy(
        input, target, weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing
    )
