"""Twin of `scratch.losses.hinge_embedding_loss`."""

import torch.nn.functional as F


def forward(input, target, margin=1.0, reduction="mean"):
    """Return `torch.nn.functional.hinge_embedding_loss`."""
    return F.hinge_embedding_loss(input, target, margin=margin, reduction=reduction)
