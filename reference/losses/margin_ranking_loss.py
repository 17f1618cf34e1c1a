"""Twin of `scratch.losses.margin_ranking_loss`."""

import torch.nn.functional as F


def forward(input1, input2, target, margin=0, reduction="mean"):
    """Return `torch.nn.functional.margin_ranking_loss`."""
    return F.margin_ranking_loss(input1, input2, target, margin=margin, reduction=reduction)
