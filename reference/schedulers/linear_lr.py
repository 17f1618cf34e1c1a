"""Twin of `scratch.schedulers.linear_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.LinearLR`."""
    return torch.optim.lr_scheduler.LinearLR(optimizer, **options)
