"""Twin of `scratch.losses.triplet_margin_with_distance_loss`."""

import torch.nn.functional as F


def forward(anchor, positive, negative, *, distance_function=None, margin=1.0, swap=False, reduction="mean"):
    """Return `torch.nn.functional.triplet_margin_with_distance_loss`."""
    return F.triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance_function, margin=margin, swap=swap, reduction=reduction
    )
