"""Twin of `scratch.errata.least_squares_1d`."""

import torch.nn.functional as F


def forward(weight, x, y):
    """Return half the sum of squares."""
    return F.mse_loss(weight * x, y, reduction="sum") / 2
