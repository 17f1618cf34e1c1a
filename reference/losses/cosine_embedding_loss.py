"""Twin of `scratch.losses.cosine_embedding_loss`."""

import torch.nn.functional as F


def forward(input1, input2, target, margin=0, reduction="mean"):
    """Return `torch.nn.functional.cosine_embedding_loss`."""
    return F.cosine_embedding_loss(input1, input2, target, margin=margin, reduction=reduction)
