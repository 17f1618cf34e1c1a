"""Twin of `scratch.schedulers.exponential_lr`."""

import torch


def scheduler(optimizer, **options):
    """Return `torch.optim.lr_scheduler.ExponentialLR`."""
    return torch.optim.lr_scheduler.ExponentialLR(optimizer, **options)
