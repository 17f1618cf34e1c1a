"""Twin of `scratch.losses.mse_loss`."""

import warnings

import torch.nn.functional as F


def forward(input, target, reduction="mean", weight=None):
    """Return `torch.nn.functional.mse_loss`, without its warning where the shapes broadcast."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using a target size", category=UserWarning)
        return F.mse_loss(input, target, reduction=reduction, weight=weight)  # type: ignore[call-arg]
