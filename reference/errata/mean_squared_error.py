"""Twin of `scratch.errata.mean_squared_error`."""

import torch.nn.functional as F


def forward(weight, X, y):
    """Return the mean squared error."""
    return F.mse_loss(X @ weight, y)
