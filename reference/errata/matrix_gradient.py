"""Twin of `scratch.errata.matrix_gradient`."""

import torch.nn.functional as F


def forward(weight, X, y):
    """Return half the sum of squares."""
    return F.mse_loss(X @ weight, y, reduction="sum") / 2
