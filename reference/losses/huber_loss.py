"""Twin of `scratch.losses.huber_loss`."""

import warnings

import torch.nn.functional as F


def forward(input, target, reduction="mean", delta=1.0, weight=None):
    """Return `torch.nn.functional.huber_loss`, without its warning where the shapes broadcast."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Using a target size", category=UserWarning)
        return F.huber_loss(input, target, reduction, delta, weight)  # type: ignore[call-arg]
