"""Twin of `scratch.errata.least_squares_2d`."""

import torch.nn.functional as F


def forward(weight, x, y, z):
    """Return half the sum of squares."""
    return F.mse_loss(weight[0] * x + weight[1] * y, z, reduction="sum") / 2
