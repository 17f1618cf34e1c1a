"""Twin of `scratch.losses.multilabel_soft_margin_loss`."""

import torch.nn.functional as F


def forward(input, target, weight=None, reduction="mean"):
    """Return `torch.nn.functional.multilabel_soft_margin_loss`."""
    return F.multilabel_soft_margin_loss(input, target, weight, reduction=reduction)
