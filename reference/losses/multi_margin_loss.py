"""Twin of `scratch.losses.multi_margin_loss`."""

import torch.nn.functional as F


def forward(input, target, p=1, margin=1.0, weight=None, reduction="mean"):
    """Return `torch.nn.functional.multi_margin_loss`."""
    return F.multi_margin_loss(input, target, p=p, margin=margin, weight=weight, reduction=reduction)
